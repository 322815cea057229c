"""Processes logits before sampling: penalties, temperature and truncation, each a pure function.

Order and semantics are those of transformers' logits processors (generation/logits_process.py, 5.23); presence and frequency
penalties follow OpenAI's formula and come after the repetition penalty. Knows nothing of models or of sampling.
Every function takes logits (vocabulary,), float32, without modifying them, and returns new ones, or the same if nothing
changes. A truncated token has -inf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from playground.generation.largest import above, largest
from playground.generation.settings import Decoding
from playground.lab.text import Text

_FIRST_SORTED = 64


def repetition(logits: Tensor, ids: Sequence[int], penalty: float) -> Tensor:
    """Divides the logit of each token in `ids` by `penalty` if positive, else multiplies it (Keskar et al. 2019, CTRL)."""
    seen = torch.tensor(list(set(ids)), dtype=torch.long)
    old = logits[seen]
    return logits.index_put((seen,), torch.where(old < 0, old * penalty, old / penalty))


def presence(logits: Tensor, ids: Sequence[int], penalty: float) -> Tensor:
    """Subtracts `penalty` once from each token in `ids` (OpenAI API reference)."""
    seen = torch.tensor(list(set(ids)), dtype=torch.long)
    return logits.index_put((seen,), logits[seen] - penalty)


def frequency(logits: Tensor, ids: Sequence[int], penalty: float) -> Tensor:
    """Subtracts `penalty` × count from each token in `ids` (OpenAI API reference)."""
    counts = Counter(ids)
    seen = torch.tensor(list(counts), dtype=torch.long)
    return logits.index_put((seen,), logits[seen] - penalty * torch.tensor(list(counts.values()), dtype=logits.dtype))


def completions(ids: Sequence[int], size: int) -> list[int]:
    """Returns positions of tokens that followed earlier occurrences of the last `size` - 1 tokens and would repeat an n-gram."""
    suffix = tuple(ids[len(ids) - size + 1 :]) if size > 1 else ()
    if len(suffix) < size - 1:
        return []
    return [last for last in range(size - 1, len(ids)) if tuple(ids[last - size + 1 : last]) == suffix]


def no_repeat(logits: Tensor, ids: Sequence[int], size: int) -> Tensor:
    """Sets tokens to -inf that would repeat an n-gram of `size` tokens in `ids`."""
    banned = [ids[position] for position in completions(ids, size)]
    return logits.index_fill(0, torch.tensor(banned), -torch.inf) if banned else logits


def temperature(logits: Tensor, value: float) -> Tensor:
    """Divides logits by `value`."""
    return logits / value


def top_k(logits: Tensor, k: int) -> Tensor:
    """Keeps the `k` largest logits, and ties with the smallest of them."""
    least = np.float32(largest(logits, k)[0][-1].item())
    # A comparison and a mask would take eight times as long as this single pass.
    return functional.threshold(logits, float(np.nextafter(least, np.float32(-np.inf))), -torch.inf)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Keeps the smallest set of most likely tokens whose probabilities sum to `p`, at least one (Holtzman et al. 2020).

    Sorts only the top tokens first, as they nearly always suffice: sorting all 262,144 takes 17 ms, 1,024 take 1 ms and
    64 take 0.1 ms.
    """
    total = logits.logsumexp(-1)
    size = min(_FIRST_SORTED, logits.numel())
    while True:
        likeliest, order = largest(logits, size)
        cumulative = (likeliest - total).exp().cumsum(-1)
        if size == logits.numel() or cumulative[-1] >= p:
            break
        size = min(size * 16, logits.numel())
    # A token is kept while the mass before it is below p, so the one that crosses p is kept too.
    kept = max(1, int((cumulative < p).sum()) + 1)
    return _only(logits, order[:kept])


def min_p(logits: Tensor, share: float) -> Tensor:
    """Keeps tokens at least `share` times as probable as the most likely one (Nguyen et al. 2024)."""
    probabilities = logits.softmax(-1)
    return _only(logits, above(probabilities, float(share * probabilities.max()), equal=True))


def _only(logits: Tensor, places: Tensor) -> Tensor:
    filtered = torch.full_like(logits, -torch.inf)
    filtered[places] = logits[places]
    return filtered


@dataclass(frozen=True)
class Stage:
    """A function of a chain with its name and formula; x is the previous value.

    `causes(ids, token)`: positions in `ids` that cause its effect on a token; empty for stages that affect all tokens.
    `unit`: of its values, "" if unchanged. `narrows`: it may set most tokens to -inf. `key`: the name of the setting that enables
    it, "" for one without; `setting`: its value. `samples`: belongs to sampling, not to the penalties.
    """

    name: Text
    formula: str
    apply: Callable[[Tensor, Sequence[int]], Tensor]
    causes: Callable[[Sequence[int], int], list[int]] = lambda ids, token: []
    unit: str = ""
    narrows: bool = False
    key: str = ""
    setting: float | None = None
    samples: bool = False


def _occurrences(ids: Sequence[int], token: int) -> list[int]:
    return [position for position, other in enumerate(ids) if other == token]


def penalty_chain(decoding: Decoding) -> tuple[Stage, ...]:
    """Returns the enabled penalties, in order: repetition, presence, frequency, no-repeat n-gram."""
    d = decoding
    stages = []
    if d.repetition_penalty != 1:
        stages.append(Stage(Text(zh="重复惩罚", en="repetition penalty"),
                            f"x > 0: x / {d.repetition_penalty:g}; x < 0: x × {d.repetition_penalty:g}",
                            lambda x, ids: repetition(x, ids, d.repetition_penalty), _occurrences,
                            key="repetition_penalty", setting=d.repetition_penalty))  # fmt: skip
    if d.presence_penalty:
        stages.append(Stage(Text(zh="存在惩罚", en="presence penalty"), f"x − {d.presence_penalty:g}",
                            lambda x, ids: presence(x, ids, d.presence_penalty), _occurrences,
                            key="presence_penalty", setting=d.presence_penalty))  # fmt: skip
    if d.frequency_penalty:
        stages.append(Stage(Text(zh="频率惩罚", en="frequency penalty"), f"x − {d.frequency_penalty:g} × count",
                            lambda x, ids: frequency(x, ids, d.frequency_penalty), _occurrences,
                            key="frequency_penalty", setting=d.frequency_penalty))  # fmt: skip
    if d.no_repeat_ngram:
        size = d.no_repeat_ngram
        stages.append(Stage(Text(zh="禁止重复 n 元组", en="no-repeat n-gram"), f"{size}-gram → −∞",
                            lambda x, ids: no_repeat(x, ids, size),
                            lambda ids, token: [at for at in completions(ids, size) if ids[at] == token],
                            key="no_repeat_ngram", setting=size))  # fmt: skip
    return tuple(stages)


def sampling_chain(decoding: Decoding) -> tuple[Stage, ...]:
    """Returns the enabled sampling stages, in order: temperature, top-k, top-p, min-p; empty for other strategies."""
    d = decoding
    if d.strategy != "sample":
        return ()
    stages = []
    if d.temperature != 1:
        name = Text(zh="温度", en="temperature")
        stages.append(Stage(name, f"x / {d.temperature:g}", lambda x, ids: temperature(x, d.temperature),
                            key="temperature", setting=d.temperature, samples=True))  # fmt: skip
    if d.top_k:
        name = Text(zh="top-k", en="top-k")
        stages.append(Stage(name, f"rank ≤ {d.top_k}", lambda x, ids: top_k(x, d.top_k), narrows=True,
                            key="top_k", setting=d.top_k, samples=True))  # fmt: skip
    if d.top_p < 1:
        name = Text(zh="top-p", en="top-p")
        formula = f"fewest tokens with Σp ≥ {d.top_p:g}"
        stages.append(Stage(name, formula, lambda x, ids: top_p(x, d.top_p), narrows=True,
                            key="top_p", setting=d.top_p, samples=True))  # fmt: skip
    if d.min_p:
        name = Text(zh="min-p", en="min-p")
        stages.append(Stage(name, f"p ≥ {d.min_p:g} × max p", lambda x, ids: min_p(x, d.min_p), narrows=True,
                            key="min_p", setting=d.min_p, samples=True))  # fmt: skip
    return tuple(stages)


def run(stages: Sequence[Stage], logits: Tensor, ids: Sequence[int]) -> list[Tensor]:
    """Applies the stages and returns the logits before and after each: one more tensor than stages. `ids`: previous tokens."""
    values = [logits]
    for stage in stages:
        values.append(stage.apply(values[-1], ids))
    return values
