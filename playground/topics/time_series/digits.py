"""The language model as a forecaster: values as digits in a list, of which it samples continuations (Gruver et al. 2023).

Every value has the same number of digits, so that all texts are equally long and every position is known to be a digit or a comma:
digits are sampled among the ten, commas are put in. Knows nothing of the other methods.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from playground.evaluation.forecasts import Array
from playground.models.key_values import empty_cache
from playground.models.language_model import LanguageModel
from playground.models.stepping import go_on
from playground.topics.time_series.forecast import Forecast

if TYPE_CHECKING:
    from transformers import DynamicCache

# Room above and below the values seen, in their range: a series that climbs must not meet the highest number.
ROOM = 0.5
TEMPERATURES = tuple(round(0.5 + 0.1 * step, 1) for step in range(12))
MOST_ROWS = 64
COMMA = ","


@dataclass(frozen=True)
class Scale:
    """Values `low` to `high` are written as 0 to 10^digits − 1."""

    low: float
    high: float
    digits: int

    @staticmethod
    def of(history: Array, digits: int) -> Scale:
        """Of what is seen, and of nothing later."""
        low, high = float(history.min()), float(history.max())
        room = ROOM * (high - low) if high > low else max(1.0, abs(high))
        return Scale(low - room, high + room, digits)

    def write(self, values: Array) -> list[str]:
        """Returns whole numbers, padded with zeros; what is out of range is written as its end."""
        most = 10**self.digits - 1
        numbers = np.clip(np.rint((values - self.low) / (self.high - self.low) * most), 0, most).astype(int)
        return [f"{number:0{self.digits}d}" for number in numbers]

    def read(self, numbers: Array) -> Array:
        """Returns the values that whole numbers are written for."""
        values: Array = self.low + numbers / (10**self.digits - 1) * (self.high - self.low)
        return values


@dataclass(frozen=True, eq=False)
class Written:
    """A history as the model reads it. `pieces`: its tokens; `bits`: of each digit, None of commas. `scale` of its numbers."""

    text: str
    pieces: tuple[str, ...]
    bits: tuple[float | None, ...]
    scale: Scale


@dataclass(frozen=True, eq=False)
class Sampled:
    """By origin: forecasts, sampled paths (samples, horizon) and the temperature; and how the last history is read.

    `bits`: mean bits of a digit of the second half of the histories, at temperature 1 and at the chosen ones.
    """

    forecasts: list[Forecast]
    paths: list[Array]
    temperatures: tuple[float, ...]
    bits: float
    bits_chosen: float
    written: Written


class Reader:
    """Reads and continues lists of digits. The output head is used for the ten digits only."""

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm
        self.digit_ids = [self._token(str(digit)) for digit in range(10)]
        self.comma = self._token(COMMA)
        head = lm.module.get_output_embeddings()
        self._head: Tensor = head.weight[torch.tensor(self.digit_ids, device=head.weight.device)].float()

    def _token(self, text: str) -> int:
        return int(self.lm.encode(text, bos=False)[-1])

    def ids(self, written: Sequence[str]) -> list[int]:
        """Token ids of a list of numbers, each digit its own token, a comma after each number."""
        start = self.lm.tokenizer.bos_token_id
        ids = [] if start is None else [int(start)]
        for number in written:
            ids += [*(self.digit_ids[int(digit)] for digit in number), self.comma]
        return ids

    @torch.inference_mode()
    def logits(self, hidden: Tensor) -> Tensor:
        """Logits of the ten digits (…, 10) of hidden states (…, hidden), float32, on the CPU."""
        return (hidden.float() @ self._head.T).cpu()


def sample(
    lm: LanguageModel,
    histories: Sequence[Array],
    horizon: int,
    *,
    digits: int,
    samples: int,
    calibrate: bool,
    level: float,
    seed: int,
    tell: Callable[[float], None] = lambda done: None,
) -> Sampled:
    """Samples `samples` continuations of every history; all histories have the same length.

    `calibrate`: the temperature is the one of TEMPERATURES under which the digits of a history's second half are likeliest.
    The point forecast is the samples' median, the interval their quantiles.
    """
    reader = Reader(lm)
    scales = [Scale.of(history, digits) for history in histories]
    texts = [scale.write(history) for scale, history in zip(scales, histories, strict=True)]
    ids = torch.tensor([reader.ids(text) for text in texts])
    hidden, cache = lm.extend(ids, empty_cache())
    start = ids.shape[1] - len(texts[0]) * (digits + 1)
    places = torch.tensor(
        [start + number * (digits + 1) + digit for number in range(len(texts[0])) for digit in range(digits)]
    )
    # The first digit may have no token before it.
    places = places[places > 0]
    logits = reader.logits(hidden[:, places - 1])
    wanted = torch.tensor([[reader.digit_ids.index(int(token)) for token in row] for row in ids[:, places]])
    by_temperature = torch.stack([_nats(logits / temperature, wanted) for temperature in (1.0, *TEMPERATURES)])
    second = by_temperature[:, :, places.numel() // 2 :].mean(-1)
    chosen = second[1:].argmin(0) if calibrate else torch.full((len(histories),), TEMPERATURES.index(1.0))
    temperatures = tuple(TEMPERATURES[int(index)] for index in chosen)
    rows = torch.arange(len(histories)).repeat_interleave(samples)
    uniform = torch.rand(
        len(rows), horizon * digits, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    numbers = np.empty((len(rows), horizon))
    for first in range(0, len(rows), MOST_ROWS):
        part = slice(first, first + MOST_ROWS)
        numbers[part] = _continue(
            reader, cache, hidden[:, -1], rows[part], uniform[part],
            torch.tensor(temperatures)[rows[part], None], horizon, digits,
            lambda done, first=first: tell((first + done * min(MOST_ROWS, len(rows) - first)) / len(rows)),  # type: ignore[misc]
        )  # fmt: skip
    paths = [scale.read(numbers[index * samples : (index + 1) * samples]) for index, scale in enumerate(scales)]
    return Sampled(
        forecasts=[_forecast(path, level) for path in paths],
        paths=paths,
        temperatures=temperatures,
        bits=float(second[0].mean()) / math.log(2),
        bits_chosen=float(second[1:].gather(0, chosen[None]).mean()) / math.log(2),
        written=_as_read(reader, texts[-1], ids[-1], places, by_temperature[0, -1], scales[-1]),
    )


def _nats(logits: Tensor, wanted: Tensor) -> Tensor:
    return -torch.log_softmax(logits.double(), -1).gather(-1, wanted[..., None])[..., 0]


def _forecast(paths: Array, level: float) -> Forecast:
    # Of n samples the k-th smallest is taken as the quantile k / (n + 1), as of a new draw; a narrow choice makes intervals too narrow.
    low, high = np.quantile(paths, [(1 - level) / 2, (1 + level) / 2], axis=0, method="weibull")
    return Forecast(np.median(paths, axis=0), low, high)


def _continue(
    reader: Reader,
    cache: DynamicCache,
    last: Tensor,
    rows: Tensor,
    uniform: Tensor,
    temperature: Tensor,
    horizon: int,
    digits: int,
    tell: Callable[[float], None],
) -> Array:
    """Samples numbers (rows, horizon), a digit at a time, with a comma after each number."""
    past = empty_cache()
    for number, layer in enumerate(cache.layers):
        past.update(layer.keys[rows], layer.values[rows], number)  # type: ignore[index]
    text = go_on(reader.lm, past, horizon * (digits + 1), grouped=True)
    ids = torch.tensor(reader.digit_ids)
    comma = torch.full((len(rows),), reader.comma)
    hidden = last[rows]
    numbers = torch.zeros(len(rows), horizon, dtype=torch.long)
    for step in range(horizon * digits):
        cumulative = torch.softmax(reader.logits(hidden).double() / temperature, -1).cumsum(-1)
        digit = (uniform[:, step, None] > cumulative).sum(-1).clamp(max=9)
        number, place = divmod(step, digits)
        numbers[:, number] = 10 * numbers[:, number] + digit
        if step == horizon * digits - 1:
            break
        hidden = text.states(ids[digit])
        if place == digits - 1:
            hidden = text.states(comma)
            tell((number + 1) / horizon)
    return numbers.double().numpy()


def _as_read(reader: Reader, text: list[str], ids: Tensor, places: Tensor, nats: Tensor, scale: Scale) -> Written:
    bits: list[float | None] = [None] * len(ids)
    for place, value in zip(places.tolist(), nats.tolist(), strict=True):
        bits[place] = value / math.log(2)
    pieces = [reader.lm.decode([int(token)]) for token in ids]
    begin = len(ids) - len(text) * (scale.digits + 1)
    return Written(COMMA.join(text) + COMMA, tuple(pieces[begin:]), tuple(bits[begin:]), scale)


def tokens_of(lm: LanguageModel, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Returns the tokens that each text is cut into, as readable pieces."""
    return [tuple(lm.decode([token]) for token in lm.encode(text, bos=False)) for text in texts]
