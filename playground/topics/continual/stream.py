"""The reviews as a stream of tasks: six classes of features, cut into tasks of two. Knows no network.

Features are mean token embeddings, scaled to mean 0 and standard deviation 1 on reviews that belong to no task: scaling fitted on the tasks
themselves would let the first one see the later ones.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.data.domain_reviews import DomainReview, DomainReviews, domain_reviews
from playground.data.domains import DOMAINS
from playground.lab.text import Language
from playground.language.sentence_vectors import Embed, average_embeddings, kept_embeddings
from playground.models.language_model import LanguageModel

TASKS, WAYS = 3, 2
CLASSES = TASKS * WAYS
KINDS, SENTIMENT = "kinds", "sentiment"
# Held-out reviews of a class, at most; the last SPARE held-out reviews of a domain and language belong to no task.
HELD_OUT = {KINDS: 40, SENTIMENT: 30}
SPARE = 20

_scales: weakref.WeakKeyDictionary[nn.Module, tuple[Tensor, Tensor]] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Stream:
    """Rows of all classes. `features` (rows, inputs), `classes` (rows,), `sizes` (rows,): bytes of the texts; the same held out.

    `names`: of the classes, such as zh-hotel or hotel-1 (label 1: positive). `kinds`: any two classes may form a task; otherwise classes
    2k and 2k + 1 do.
    """

    names: tuple[str, ...]
    features: Tensor
    classes: Tensor
    sizes: Tensor
    held_features: Tensor
    held_classes: Tensor
    kinds: bool


def read_stream(lm: LanguageModel, what: str, examples: int) -> Stream:
    """Reads `examples` reviews of each class. `what`: KINDS (domain and language), or SENTIMENT (of Chinese reviews, by domain)."""
    cells = dict(_kinds() if what == KINDS else _sentiments())
    training = [_texts(cell.training)[:examples] for cell in cells.values()]
    held = [_texts(cell.held_out)[: HELD_OUT[what]] for cell in cells.values()]
    return Stream(
        tuple(cells),
        features_of(lm, [text for part in training for text in part], kept_embeddings),
        _numbered(training),
        torch.tensor([len(text.encode()) for part in training for text in part]),
        features_of(lm, [text for part in held for text in part], kept_embeddings),
        _numbered(held),
        what == KINDS,
    )


def _kinds() -> Iterator[tuple[str, DomainReviews]]:
    for language in Language:
        for domain in DOMAINS:
            yield f"{language.value}-{domain}", domain_reviews(language).about(domain)


def _sentiments() -> Iterator[tuple[str, DomainReviews]]:
    for domain in DOMAINS:
        both = domain_reviews(Language.ZH).about(domain)
        for label in (0, 1):
            parts = (tuple(item for item in part if item.label == label) for part in (both.training, both.held_out))
            yield f"{domain}-{label}", DomainReviews(*parts)


def features_of(lm: LanguageModel, texts: Sequence[str], embed: Embed = average_embeddings) -> Tensor:
    """Returns features (texts, inputs), float32. Raises ValueError for a text without a token."""
    centre, spread = _scale(lm)
    return (embed(lm, texts) - centre) / spread


def choose_order(kinds: bool, shuffled: bool, seed: int) -> Tensor:
    """Returns the classes of each task in the order of learning (TASKS, WAYS).

    Shuffled kinds are paired anew by every seed; of sentiment, the domains are shuffled and their two classes stay together.
    """
    classes = torch.arange(CLASSES).view(TASKS, WAYS)
    if not shuffled:
        return classes
    drawn = torch.Generator().manual_seed(seed)
    if kinds:
        return torch.randperm(CLASSES, generator=drawn).view(TASKS, WAYS)
    return classes[torch.randperm(TASKS, generator=drawn)]


def _texts(part: Sequence[DomainReview]) -> list[str]:
    return [item.text for item in part]


def _numbered(parts: Sequence[Sequence[str]]) -> Tensor:
    return torch.tensor([number for number, part in enumerate(parts) for _ in part])


def _scale(lm: LanguageModel) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (inputs,) of the spare reviews, kept as long as the model."""
    with _LOCK:
        if lm.module not in _scales:
            spare = [text for _, cell in _kinds() for text in _texts(cell.held_out)[-SPARE:]]
            vectors = average_embeddings(lm, spare)
            _scales[lm.module] = vectors.mean(0), vectors.std(0).clamp_min(1e-6)
        return _scales[lm.module]
