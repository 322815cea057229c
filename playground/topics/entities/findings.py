"""The numbers of a run of entities: what every method marks in the text, and how good each is on labelled sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.data.spans import KINDS, Span
from playground.language.span_scores import SCHEMES, Score, score
from playground.learning.entities import TAGS, illegal
from playground.topics.entities.labelled import ErrorCount, Scores


@dataclass(frozen=True)
class Entity:
    """An entity that a method marks: `text` at characters `start` to `end`, its `kind` (person, place, organisation).

    `probability`: the probe's for the whole span, the product of its tags' probabilities (0 to 1); None for other
    methods.
    """

    text: str
    start: int
    end: int
    kind: str
    probability: float | None = None

    @property
    def span(self) -> tuple[int, int, str]:
        """Border and kind."""
        return self.start, self.end, self.kind


@dataclass(frozen=True)
class TagCounts:
    """How the probe's tags do on held-out sentences, by decoding.

    `accuracy`: share of the `units` with the right tag; `illegal`: tags that BIO forbids; `sentences`: sentences with
    such a tag.
    """

    accuracy: float
    illegal: int
    sentences: int
    units: int


@dataclass(frozen=True)
class Findings:
    """What is found in the text and on labelled sentences.

    `language`: the text's, of the worked examples and of `errors`. `methods`: the entities by method. `units`: units of
    the text. `differing`: units whose tag differs between Viterbi and argmax; `illegal`: tags of argmax that BIO
    forbids. `listed`, `absent`: names that the free prompt lists, and those of them that aren't in the text. `yours`:
    by method and scheme, on the visitor's labels; None without labels. `yours_missed`: labelled entities that Viterbi
    misses strictly. `own`: by language and method, on the project's 64 sentences. `held_out`: by method, on the
    People's Daily, measured beforehand with the default weight. `errors`: of Viterbi, argmax and jieba on the sentences
    in the text's language. `tags`: of Viterbi and argmax on held-out sentences. `all_outside`: share of held-out units
    outside entities. `by_ahead`: strict F1 on validation sentences at the probe's layer, by how many next units' states
    are appended.
    """

    language: str
    methods: dict[str, tuple[Entity, ...]]
    units: int
    differing: int
    illegal: int
    listed: int
    absent: tuple[str, ...]
    yours: dict[str, dict[str, Score]] | None
    yours_missed: tuple[Entity, ...]
    own: dict[str, dict[str, Scores]]
    held_out: dict[str, Scores]
    errors: dict[str, dict[str, ErrorCount]]
    tags: dict[str, TagCounts]
    all_outside: float
    by_ahead: dict[str, float]

    @property
    def common(self) -> int:
        """Entities that Viterbi, jieba and the prompt that copies mark alike, border and kind."""
        own = [{entity.span for entity in self.methods[name]} for name in ("viterbi", "jieba", "copied")]
        return len(set.intersection(*own))

    @property
    def recalls(self) -> dict[str, float]:
        """Viterbi's strict recall by kind on the project's sentences in the text's language."""
        scores = self.own[self.language]["viterbi"]["strict"]
        return {kind: scores[kind].recall or 0.0 for kind in KINDS}

    @property
    def most_missed(self) -> tuple[str, ...]:
        """The kinds with the lowest of these recalls; several in a tie."""
        lowest = min(self.recalls.values())
        return tuple(kind for kind, recall in self.recalls.items() if recall == lowest)

    @property
    def own_f1(self) -> float:
        """Viterbi's strict F1 on the project's sentences in the text's language."""
        return self.own[self.language]["viterbi"]["strict"]["all"].f1 or 0.0

    @property
    def ladder(self) -> dict[str, float]:
        """Viterbi's F1 by scheme on the held-out sentences."""
        return {scheme: self.held_out["viterbi"][scheme]["all"].f1 or 0.0 for scheme in SCHEMES}


def entities_of(text: str, spans: Sequence[Span], probabilities: Sequence[float] | None = None) -> tuple[Entity, ...]:
    """Names the spans' texts. `probabilities`: one for each span."""
    return tuple(
        Entity(text[span.start : span.end], span.start, span.end, span.kind, probabilities[number] if probabilities else None)
        for number, span in enumerate(spans)
    )  # fmt: skip


def score_yours(gold: Sequence[Span] | None, found: Mapping[str, Sequence[Span]]) -> dict[str, dict[str, Score]] | None:
    """Scores every method on the visitor's labels by every scheme, without an interval, which one text hasn't; None without labels."""
    if gold is None:
        return None
    return {
        name: {scheme: score([gold], [spans], scheme, interval=False) for scheme in SCHEMES}
        for name, spans in found.items()
    }


def compare_paths(viterbi: Sequence[int], argmax: Sequence[int]) -> tuple[int, int]:
    """Counts the units whose tags differ, and argmax's forbidden tags."""
    return sum(one != other for one, other in zip(viterbi, argmax, strict=True)), len(illegal(argmax))


def tag_name(tag: int) -> str:
    """The tag's name, such as B-person."""
    return TAGS[tag]
