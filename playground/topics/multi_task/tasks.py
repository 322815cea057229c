"""The reviews and the tasks on them: sentiment, domain and length; sentiment by domain; one label twice. Knows no network.

Chinese reviews only: mean token embeddings of the English ones hardly show sentiment. Every cell of domain and label gives equally many
reviews for validation and held out; nothing is trained on those, and nothing chosen on the held-out ones.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, softmax

from playground.data.domain_reviews import DomainReview, domain_reviews
from playground.data.domains import DOMAINS
from playground.data.reviews import start
from playground.lab.text import Language
from playground.language.sentence_vectors import average_embeddings
from playground.learning.training import cross_entropy
from playground.models.language_model import LanguageModel

SENTIMENT, DOMAIN, LENGTH, AGAIN = "sentiment", "domain", "length", "again"
HOTEL, COMPUTER = "hotel", "computer"
PAIR, THREE, RELATED, TWICE = "pair", "three", "related", "twice"
STANDARD, CHARACTERS = "standard", "characters"
# Reviews of a domain and label: books are few. EXTRA ones are held out beside the balanced part, for sentiment and length.
POOL, VALIDATION, EXTRA = {"hotel": 300, "computer": 300, "book": 50}, 24, 100
TRAINING, VALID, HELD, MORE = range(4)


@dataclass(frozen=True)
class Corpus:
    """`features` (rows, inputs), standardized on the training part without labels. By row: `labels` (1 positive), `domains` (index into
    DOMAINS), `lengths` in characters, `parts` (TRAINING, VALID, HELD, MORE)."""

    features: Tensor
    labels: Tensor
    domains: Tensor
    lengths: Tensor
    parts: Tensor
    centre: Tensor
    spread: Tensor

    def features_of(self, lm: LanguageModel, texts: Sequence[str]) -> Tensor:
        """Returns features (texts, inputs) on the same scale. Raises ValueError for a text without a token."""
        return (average_embeddings(lm, texts) - self.centre) / self.spread


@dataclass(frozen=True)
class Task:
    """A task with a head of its own: outputs `first` to `last` of the network. `classes`: names, empty for a regression.

    `targets` (rows,): class numbers, or numbers. `pool`, `validation`, `held_out`: rows of the corpus. `scale`, `shift`: a regression's
    prediction in characters is output × scale + shift.
    """

    name: str
    first: int
    last: int
    targets: Tensor
    classes: tuple[str, ...]
    pool: Tensor
    validation: Tensor
    held_out: Tensor
    scale: float = 1.0
    shift: float = 0.0

    def loss(self, logits: Tensor, rows: Tensor) -> Tensor:
        """Returns each run's loss (runs,): mean cross-entropy in nats, or mean squared error; logits (runs, rows, all outputs), rows (runs, rows)."""
        own, wanted = logits[..., self.first : self.last], self.targets[rows]
        return cross_entropy(own, wanted) if self.classes else (own[..., 0] - wanted).square().mean(1)

    def score(self, logits: Tensor, rows: Tensor) -> Tensor:
        """Returns each run's score (runs,): accuracy, or of a regression the correlation r; logits (runs, rows, all outputs), rows (rows,)."""
        own, wanted = logits[..., self.first : self.last], self.targets[rows]
        if self.classes:
            return (own.argmax(-1) == wanted).double().mean(1)
        said = own[..., 0].double()
        # 0 where all predictions are equal.
        return cosine_similarity(said - said.mean(1, keepdim=True), (wanted - wanted.mean()).double()[None], dim=1)

    def draw(self, count: int, seed: int) -> Tensor:
        """Returns `count` rows of the pool, balanced over the classes; fewer where a class is used up. A smaller draw is the start of a larger."""
        generator = torch.Generator().manual_seed(seed)
        numbers = self.targets[self.pool] if self.classes else torch.zeros(len(self.pool), dtype=torch.long)
        cells = [self.pool[numbers == number] for number in range(max(len(self.classes), 1))]
        mixed = [cell[torch.randperm(len(cell), generator=generator)] for cell in cells]
        most = min(map(len, mixed))
        return torch.stack([cell[:most] for cell in mixed], 1).flatten()[:count]


def tasks_of(corpus: Corpus, which: str, unit: str) -> tuple[Task, ...]:
    """Returns the tasks of a setting. `which`: PAIR, THREE, RELATED or TWICE; `unit` of length: STANDARD or CHARACTERS."""
    parts, polarity = corpus.parts, ("negative", "positive")

    def task(
        name: str, first: int, targets: Tensor, classes: tuple[str, ...], among: Tensor, wide: bool = True
    ) -> Task:
        held = (parts == HELD) | wide & (parts == MORE)
        pool, valid, rest = (torch.nonzero(among & part)[:, 0] for part in (parts == TRAINING, parts == VALID, held))
        return Task(name, first, first + max(len(classes), 1), targets, classes, pool, valid, rest)

    every = torch.ones_like(parts, dtype=torch.bool)
    if which == RELATED:
        hotel, computer = (corpus.domains == DOMAINS.index(name) for name in (HOTEL, COMPUTER))
        return task(HOTEL, 0, corpus.labels, polarity, hotel), task(COMPUTER, 2, corpus.labels, polarity, computer)
    sentiment = task(SENTIMENT, 0, corpus.labels, polarity, every)
    if which == TWICE:
        return sentiment, task(AGAIN, 2, corpus.labels, polarity, every)
    # Books have no reviews in the extra part, so that the domain is measured on the balanced one.
    domain = task(DOMAIN, 2, corpus.domains, DOMAINS, every, wide=False)
    if which == PAIR:
        return sentiment, domain
    known = corpus.lengths[parts == TRAINING]
    scale, shift = (float(known.std()), float(known.mean())) if unit == STANDARD else (1.0, 0.0)
    plain = task(LENGTH, 2 + len(DOMAINS), (corpus.lengths - shift) / scale, (), every)
    return sentiment, domain, replace(plain, scale=scale, shift=shift)


_known: weakref.WeakKeyDictionary[nn.Module, Corpus] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def read_corpus(lm: LanguageModel) -> Corpus:
    """Reads the reviews and their features, kept as long as the model."""
    with _LOCK:
        if lm.module not in _known:
            _known[lm.module] = _read(lm)
        return _known[lm.module]


def _read(lm: LanguageModel) -> Corpus:
    reviews, parts = _chosen()
    vectors, numbers = average_embeddings(lm, [item.text for item in reviews]), torch.tensor(parts)
    known = vectors[numbers == TRAINING]
    centre, spread = known.mean(0), known.std(0).clamp_min(1e-6)
    return Corpus(
        (vectors - centre) / spread,
        torch.tensor([item.label for item in reviews]),
        torch.tensor([DOMAINS.index(item.domain) for item in reviews]),
        torch.tensor([float(len(item.text)) for item in reviews]),
        numbers,
        centre,
        spread,
    )


def _chosen() -> tuple[list[DomainReview], list[int]]:
    """Reviews of every domain and label in their parts. No two parts have reviews that start alike, which may be near-duplicates."""
    both = domain_reviews(Language.ZH)
    chosen, parts = list(both.held_out), [HELD] * len(both.held_out)
    for domain in DOMAINS:
        for label in (0, 1):
            cell = [item for item in both.training if (item.domain, item.label) == (domain, label)]
            wanted = {VALID: VALIDATION, MORE: 0 if domain == "book" else EXTRA}
            taken: set[str] = set()
            for part, count in wanted.items():
                fresh = list({start(item.text): item for item in cell if start(item.text) not in taken}.values())[
                    :count
                ]
                taken |= {start(item.text) for item in fresh}
                chosen, parts = chosen + fresh, parts + [part] * len(fresh)
            rest = [item for item in cell if start(item.text) not in taken][: POOL[domain]]
            chosen, parts = chosen + rest, parts + [TRAINING] * len(rest)
    return chosen, parts


def say_prediction(task: Task, outputs: Tensor) -> tuple[str, float]:
    """Returns the answer of one head to one text and its probability, averaged over runs; of a regression the characters and 0; outputs (runs, all)."""
    own = outputs[:, task.first : task.last]
    if not task.classes:
        return "", float(own[:, 0].mean()) * task.scale + task.shift
    mean = softmax(own, -1).mean(0)
    return task.classes[int(mean.argmax())], float(mean.max())
