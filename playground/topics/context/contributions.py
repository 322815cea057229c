"""What each piece of a context does for an answer: by leaving it out, and by the attention that it gets. Knows no panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from playground.explanation.attribution import Weights
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import Removable, cut
from playground.explanation.values import Remembered, ValueFunction
from playground.generation.scoring import answer_log_probabilities
from playground.lab.text import Text
from playground.language.sentences import sentences
from playground.models.language_model import LanguageModel
from playground.topics.context.frames import Reader

Numbers = npt.NDArray[np.float64]
# Each is taken out once: 40 texts of 100 tokens are somewhat more than a second on two cores.
MOST_UNITS = 40
MOST_SENTENCES = 16


@dataclass(frozen=True)
class Contributions:
    """A context in pieces. `without`: how far log p(answer) falls when a piece is left out, in nats; `attention`: the share
    of the attention of the position before the answer that goes to the piece, mean of all layers and heads."""

    parts: Removable
    without: Weights
    attention: Numbers

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def heaviest(self) -> int:
        """The piece whose loss costs the answer most."""
        return int(self.without.weights.argmax())


def without_context(reader: Reader, answer: Sequence[int]) -> float:
    """Computes log p(answer) after the prompt without a context, in nats."""
    return float(answer_log_probabilities(reader.lm, None, [reader.prompt(None)], answer)[0])


def answer_value(reader: Reader, answer: Sequence[int]) -> ValueFunction:
    """Makes the function that gives log p(answer) of contexts, in nats, each context computed once."""

    def value(contexts: Sequence[str]) -> Numbers:
        reads = [reader.read(context) for context in contexts]
        found: Numbers = answer_log_probabilities(reader.lm, reader.before, reads, answer).numpy()
        return found

    return Remembered(value)


def contributions(
    parts: Removable, value: ValueFunction, reader: Reader, attention: Numbers | None = None
) -> Contributions:
    """Computes both numbers for every piece of a context. `attention`: of its tokens (`attention_to`), where it is known."""
    read_from = attention_to(reader, parts.text) if attention is None else attention
    return Contributions(parts, leave_one_out(parts, value), parts.shares(reader.lm).T @ read_from)


def attention_to(reader: Reader, context: str) -> Numbers:
    """Computes the attention of the prompt's last position to each token of the context (tokens,), mean of all layers and heads."""
    ids, own = reader.prompt(context), reader.own(context)
    start = len(ids) - len(reader.after) - len(own)
    row = reader.lm.attentions(ids)[:, :, -1, start : start + len(own)]
    found: Numbers = row.double().mean((0, 1)).numpy()
    return found


def by_sentence(text: str) -> Removable:
    """Cuts a context into sentences, each with the space after it; neighbours are joined where there are very many."""
    spans = [(part.start, part.end) for part in sentences(text)]
    step = -(-len(spans) // MOST_SENTENCES)
    joined = [(spans[at][0], spans[min(at + step, len(spans)) - 1][1]) for at in range(0, len(spans), step)]
    return Removable(text, tuple(text[start:end].strip() or text[start:end] for start, end in joined), tuple(joined))


def by_unit(text: str, unit: str, whole: Contributions, lm: LanguageModel) -> Removable:
    """Cuts a context into words, characters or tokens; where there are too many, those of the sentences that matter most."""
    parts = cut(text, unit, lm)
    order = sorted(range(len(whole)), key=lambda at: -abs(float(whole.without.weights[at])))
    chosen: list[int] = []
    for sentence in order:
        start, end = whole.parts.spans[sentence]
        # A unit may take in the space before it, which belongs to the sentence before.
        inside = [at for at, (_, last) in enumerate(parts.spans) if start < last <= end]
        chosen += inside[: MOST_UNITS - len(chosen)]
    kept = sorted(chosen)
    note = Text(
        zh="共 {all} 个单元，只逐个去掉最有作用的那几句里的 {n} 个。",
        en="Of {all} units the {n} in the sentences that matter most are left out, one at a time.",
    ).format(all=len(parts), n=len(kept))
    return Removable(
        text,
        tuple(parts.names[at] for at in kept),
        tuple(parts.spans[at] for at in kept),
        note if len(kept) < len(parts) else parts.note,
    )
