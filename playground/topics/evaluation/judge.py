"""Uses the base model as a judge of two candidates by few-shot prompts, in both orders and one by one. Knows no panel.

A judgement is read off the next token, the label's logit, so nothing is sampled. The pairs are `data.sets.preferences`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import nn

from playground.data.sets import Preference, preferences
from playground.generation.prefix_cache import PrefixCache
from playground.generation.scoring import after_prefix
from playground.lab.text import Language
from playground.models.language_model import LanguageModel

# Examples in the prompts, none of them in the set: reference, first, second, and which is right.
_SHOTS: dict[Language, tuple[tuple[str, str, str, int], ...]] = {
    Language.ZH: (
        ("商店八点关门。", "店里营业到八点。", "商店九点关门。", 0),
        ("爸爸在厨房做饭。", "爸爸在客厅做饭。", "厨房里做饭的是爸爸。", 1),
        ("他没有带伞。", "他带了伞。", "他出门忘了拿伞。", 1),
        ("小张送给小赵一本书。", "小赵收到了小张送的书。", "小赵送给小张一本书。", 0),
    ),
    Language.EN: (
        ("The shop closes at eight.", "The shop is open until eight.", "The shop closes at nine.", 0),
        (
            "Father is cooking in the kitchen.",
            "Father is cooking in the garden.",
            "In the kitchen Father makes dinner.",
            1,
        ),
        ("He did not take an umbrella.", "He did take an umbrella.", "He left without an umbrella.", 1),
        ("Paul gave Mary a book.", "Mary was given a book by Paul.", "Mary gave Paul a book.", 0),
    ),
}
_PAIRWISE = {
    Language.ZH: "原句：{reference}\n甲：{first}\n乙：{second}\n与原句意思相同的是：",
    Language.EN: "Sentence: {reference}\nA: {first}\nB: {second}\nThe one with the same meaning is:",
}
_POINTWISE = {
    Language.ZH: "原句：{reference}\n改写：{candidate}\n意思相同吗：",
    Language.EN: "Sentence: {reference}\nRewrite: {candidate}\nSame meaning:",
}
_CHOICES = {Language.ZH: ("甲", "乙"), Language.EN: (" A", " B")}
_ANSWERS = {Language.ZH: ("是", "否"), Language.EN: (" yes", " no")}
BATCH = 8


@dataclass(frozen=True)
class Judgement:
    """Two candidates judged by the model: log-odds in nats.

    `x_first`, `y_first`: of the choice for the candidate that is first, with X first and with Y first. `x_alone`, `y_alone`: of
    "the same meaning", each judged by itself.
    """

    x_first: float
    y_first: float
    x_alone: float
    y_alone: float

    @property
    def both_orders(self) -> float:
        """Log-odds for X, averaged over both orders: a constant preference for a position cancels."""
        return (self.x_first - self.y_first) / 2

    @property
    def position(self) -> float:
        """Log-odds for the first place, whatever is there."""
        return (self.x_first + self.y_first) / 2

    @property
    def flips(self) -> bool:
        """Whether the two orders choose different candidates, so the same place."""
        return (self.x_first > 0) == (self.y_first > 0)

    @property
    def alone(self) -> float:
        """How much better X is than Y where each is judged by itself."""
        return self.x_alone - self.y_alone


def pairwise_prompt(language: Language, reference: str, first: str, second: str) -> tuple[str, str]:
    """Returns the examples, and the question after them."""
    frame, labels = _PAIRWISE[language], _CHOICES[language]
    shown = [
        frame.format(reference=own, first=one, second=two) + labels[right] + "\n\n"
        for own, one, two, right in _SHOTS[language]
    ]
    return "".join(shown), frame.format(reference=reference, first=first, second=second)


def pointwise_prompt(language: Language, reference: str, candidate: str) -> tuple[str, str]:
    """Returns the examples, of which each answer has as many, and the question after them."""
    frame, labels = _POINTWISE[language], _ANSWERS[language]
    # The first and the last example show their right candidate, the two between their wrong one.
    shown = [
        frame.format(reference=own, candidate=(one, two)[right if place in (0, 3) else 1 - right])
        + labels[0 if place in (0, 3) else 1]
        + "\n\n"
        for place, (own, one, two, right) in enumerate(_SHOTS[language])
    ]
    return "".join(shown), frame.format(reference=reference, candidate=candidate)


def judge(
    lm: LanguageModel,
    language: Language,
    triples: Sequence[tuple[str, str, str]],
    tell: Callable[[int], None] = lambda done: None,
) -> tuple[Judgement, ...]:
    """Judges (reference, X, Y) by four prompts each, in small batches. `tell(triples done)` after each."""
    cache = PrefixCache()
    found: list[Judgement] = []
    for start in range(0, len(triples), BATCH):
        batch = triples[start : start + BATCH]
        pairs = [pairwise_prompt(language, own, *order) for own, x, y in batch for order in ((x, y), (y, x))]
        singles = [pointwise_prompt(language, own, one) for own, x, y in batch for one in (x, y)]
        chosen = _log_odds(lm, cache, pairs, _CHOICES[language])
        alone = _log_odds(lm, cache, singles, _ANSWERS[language])
        for place in range(len(batch)):
            one, two = 2 * place, 2 * place + 1
            found.append(Judgement(chosen[one], chosen[two], alone[one], alone[two]))
        tell(len(found))
    return tuple(found)


def _log_odds(
    lm: LanguageModel, cache: PrefixCache, prompts: Sequence[tuple[str, str]], labels: tuple[str, str]
) -> list[float]:
    """Computes log p(first label) − log p(second) after each prompt: of their first tokens, which differ."""
    shots = prompts[0][0]
    start = lm.encode("")
    before = cache.after(lm, [[*start, *_ids(lm, shots)]])
    yes, no = (_label_id(lm, prompts[0][1], label) for label in labels)
    found = [0.0] * len(prompts)
    for index, log_probabilities in after_prefix(lm, before, [_ids(lm, question) for _, question in prompts]):
        found[index] = float(log_probabilities[-1, yes] - log_probabilities[-1, no])
    return found


def _label_id(lm: LanguageModel, question: str, label: str) -> int:
    """The label's first token after a question: encoded together, since a space before it may belong to it."""
    stem = _ids(lm, question)
    together = _ids(lm, question + label)
    own = together[len(stem) :] if together[: len(stem)] == stem else _ids(lm, label)
    return own[0]


def _ids(lm: LanguageModel, text: str) -> list[int]:
    return lm.encode(text, bos=False)


# Keyed by the weights themselves: an entry goes when the model does. Nothing in it depends on a visitor's text.
_judged: weakref.WeakKeyDictionary[nn.Module, dict[tuple[Language, int], tuple[Judgement, ...]]] = (
    weakref.WeakKeyDictionary()
)


def judge_set(
    lm: LanguageModel, language: Language, count: int, tell: Callable[[int], None] = lambda done: None
) -> tuple[Judgement, ...]:
    """Judges the first `count` pairs of the set, X being the better one, once for equal arguments."""
    known = _judged.setdefault(lm.module, {})
    key = (language, count)
    if key not in known:
        triples = [(pair.reference, pair.better, pair.worse) for pair in chosen(language, count)]
        known[key] = judge(lm, language, triples, tell)
    return known[key]


def chosen(language: Language, count: int) -> tuple[Preference, ...]:
    """Returns `count` pairs of the set, its kinds in turn."""
    pairs = preferences(language)
    kinds = list(dict.fromkeys(pair.kind for pair in pairs))
    by_kind = [[pair for pair in pairs if pair.kind == kind] for kind in kinds]
    return tuple(pair for row in zip(*by_kind, strict=True) for pair in row)[:count]
