"""Old and new data: what the base was trained on and what arrives afterwards, as texts and features. Knows no network.

Features are mean token embeddings, scaled to mean 0 and standard deviation 1 on reviews that belong neither to the old nor to the new data.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.data.domain_reviews import DomainReview, domain_reviews
from playground.data.domains import DOMAINS
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.language.sentence_vectors import Embed, average_embeddings, kept_embeddings
from playground.models.language_model import LanguageModel
from playground.topics.incremental.new_lines import FIELD, read_new_lines

LANGUAGE, CLASS, SENTIMENT = "language", "class", "sentiment"
TOPICS, OPINIONS = DOMAINS, ("negative", "positive")
# Held-out reviews of a class, at most; the last SPARE held-out reviews of a domain and language belong to no part.
HELD_OUT, SPARE = 60, 20
# Reviews of a class among which a seed draws those for training, at most.
POOL = 150
# Words that a visitor may write for a class.
SPOKEN = {
    "酒店": "hotel", "图书": "book", "书": "book", "电脑": "computer", "差评": "negative", "好评": "positive", "负面": "negative", "正面": "positive",
    "bad": "negative", "good": "positive", **{name: name for name in (*TOPICS, *OPINIONS)},
}  # fmt: skip

_scales: weakref.WeakKeyDictionary[nn.Module, tuple[Tensor, Tensor]] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Part:
    """Rows of one part. `texts`; `classes` (rows,): indices of the class names; `features` (rows, inputs)."""

    texts: tuple[str, ...]
    classes: Tensor
    features: Tensor


@dataclass(frozen=True)
class Shift:
    """Old and new data, for training and held out. `names`: of the classes that the network has outputs for; `repeated`: own lines left out.

    `fresh`: classes that occur in the new data only, so that the base never saw them.
    """

    names: tuple[str, ...]
    old: Part
    new: Part
    held_old: Part
    held_new: Part
    repeated: int = 0

    @property
    def fresh(self) -> tuple[int, ...]:
        """Indices of classes that only the new data have."""
        return tuple(sorted(set(self.new.classes.tolist()) - set(self.old.classes.tolist())))


Rows = list[tuple[str, int]]


def read_shift(lm: LanguageModel, what: str, lines: str = "") -> Shift:
    """Reads old and new data. `what`: LANGUAGE, CLASS or SENTIMENT; `lines`: the visitor's, which replace the new data unless blank.

    Raises PlaygroundError, field `lines`, if they can't be read.
    """
    names: tuple[str, ...] = OPINIONS if what == SENTIMENT else TOPICS
    old, held_old = _rows(what, False)
    repeated, embed = 0, kept_embeddings
    if lines.strip():
        own = read_new_lines(lines, names, SPOKEN)
        names, repeated, embed = own.names, own.repeated, average_embeddings
        new = [(text, at) for at, text, held in own.rows if not held]
        held_new = [(text, at) for at, text, held in own.rows if held]
    else:
        new, held_new = _rows(what, True)
    first, third = (_part(lm, rows, kept_embeddings) for rows in (old, held_old))
    second, fourth = (_part(lm, rows, embed) for rows in (new, held_new))
    return Shift(names, first, second, third, fourth, repeated)


def features_of(lm: LanguageModel, texts: Sequence[str], embed: Embed = average_embeddings) -> Tensor:
    """Returns features (texts, inputs), float32. Raises ValueError for a text without a token."""
    centre, spread = _scale(lm)
    return (embed(lm, texts) - centre) / spread


def choose_pools(classes: Tensor, examples: int, seed: int) -> Tensor:
    """Returns row numbers (rows,) of `examples` rows of each class at most, drawn by the seed."""
    drawn = torch.Generator().manual_seed(seed)
    kept = []
    for one in sorted(set(classes.tolist())):
        rows = torch.nonzero(classes == one)[:, 0]
        kept.append(rows[torch.randperm(len(rows), generator=drawn)[:examples]])
    return torch.cat(kept)


def _rows(what: str, new: bool) -> tuple[Rows, Rows]:
    """Rows (text, class) of the old or the new data: for training, and held out."""
    if what == LANGUAGE:
        language = Language.EN if new else Language.ZH
        cells = [(language, about, at) for at, about in enumerate(TOPICS)]
    elif what == CLASS:
        chosen = [2] if new else [0, 1]
        cells = [(language, TOPICS[at], at) for language in Language for at in chosen]
    else:
        cells = [(Language.ZH, "book" if new else "hotel", -1)]
    training: Rows = []
    held: Rows = []
    for language, about, at in cells:
        both = domain_reviews(language).about(about)
        # The labels alternate, so that these are as many of each opinion.
        training += _labelled(both.training[: POOL if at >= 0 else 2 * POOL], at)
        held += _labelled(both.held_out[:-SPARE][:HELD_OUT], at)
    return training, held


def _labelled(items: Sequence[DomainReview], at: int) -> Rows:
    return [(item.text, item.label if at < 0 else at) for item in items]


def _part(lm: LanguageModel, rows: Rows, embed: Embed) -> Part:
    texts = tuple(text for text, _ in rows)
    try:
        return Part(texts, torch.tensor([at for _, at in rows]), features_of(lm, texts, embed))
    except ValueError:
        raise PlaygroundError(
            Text(
                zh="“新数据”里有一行没有可读的词元，请改写它。",
                en="A line of “New data” has no token to read: rewrite it.",
            ),
            field=FIELD,
        ) from None


def _scale(lm: LanguageModel) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (inputs,) of the spare reviews, kept as long as the model."""
    with _LOCK:
        if lm.module not in _scales:
            spare = [
                item.text for language in Language for about in DOMAINS for item in domain_reviews(language).about(about).held_out[-SPARE:]
            ]  # fmt: skip
            vectors = average_embeddings(lm, spare)
            _scales[lm.module] = vectors.mean(0), vectors.std(0).clamp_min(1e-6)
        return _scales[lm.module]
