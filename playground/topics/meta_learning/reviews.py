"""Few-shot tasks of texts: which of N domains is a review about, the labels numbered anew in every task. Knows no network and no method.

Features are mean token embeddings, centred by language and reduced to a few principal components of the reviews of meta-training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.data.domain_reviews import domain_reviews
from playground.data.domains import DOMAINS
from playground.lab.text import Language
from playground.language.sentence_vectors import average_embedding, kept_embeddings
from playground.models.language_model import LanguageModel
from playground.topics.meta_learning.maml import Tasks

COMPONENTS = 32
# Reviews of a domain and language: for meta-training the English ones are the fewest, 100; 60 are held out.
TRAINING, HELD_OUT = 100, 60
# Where unseen tasks come from: a language without a task in meta-training, or languages that had some (other reviews).
LANGUAGE, REVIEWS = "language", "reviews"


@dataclass(frozen=True)
class Pools:
    """Reviews by domain. `training` (languages, domains, reviews, inputs); `unseen` (1, domains, reviews, inputs), and their `texts`.

    `own` (inputs,): the visitor's review.
    """

    training: Tensor
    unseen: Tensor
    texts: tuple[tuple[str, ...], ...]
    own: Tensor


def read_pools(lm: LanguageModel, language: Language, unseen: str, own: str) -> Pools:
    """Reads the reviews. Unseen tasks are in `language`. Raises ValueError if `own` has no token."""
    other = next(one for one in Language if one is not language)
    learnt = (other,) if unseen == LANGUAGE else (other, language)
    parts = {one: [domain_reviews(one).about(domain) for domain in DOMAINS] for one in Language}
    vectors = {
        one: torch.stack([kept_embeddings(lm, [item.text for item in part.training[:TRAINING]]) for part in parts[one]])
        for one in Language
    }
    # A language's mean takes no label, so that of the unseen one may be known.
    centres = {one: part.mean((0, 1)) for one, part in vectors.items()}
    training = torch.stack([vectors[one] - centres[one] for one in learnt])
    components, scale = _principal(training.flatten(0, 2))
    texts = tuple(tuple(item.text for item in part.held_out[:HELD_OUT]) for part in parts[language])
    held_out = torch.stack([kept_embeddings(lm, part) for part in texts])
    said = average_embedding(lm, own)

    def reduced(rows: Tensor) -> Tensor:
        return rows @ components / scale

    return Pools(
        reduced(training), reduced(held_out - centres[language])[None], texts, reduced(said - centres[language])
    )


def _principal(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the first principal components (inputs, components) of centred rows, and the standard deviation along all of them."""
    _, _, directions = torch.linalg.svd(rows, full_matrices=False)
    components = directions[:COMPONENTS].T
    return components, (rows @ components).std()


@dataclass(frozen=True)
class Choice:
    """Which reviews tasks are made of: `groups` (tasks,), `classes` (tasks, ways) and `members` (tasks, ways, shots + queries)."""

    groups: Tensor
    classes: Tensor
    members: Tensor


def choose(
    pools: Tensor, generator: torch.Generator, tasks: int, ways: int, rows: int, *, shuffled: bool = True
) -> Choice:
    """Chooses classes and reviews of `tasks` tasks from pools (groups, domains, reviews, inputs).

    `shuffled`: a class gets another number in every task. Otherwise a domain has the same in all.
    """
    groups, domains, reviews, _ = pools.shape
    order = torch.rand(tasks, domains, generator=generator).argsort(1)[:, :ways]
    if not shuffled:
        order = order.sort(1).values
    return Choice(
        torch.randint(groups, (tasks,), generator=generator),
        order,
        torch.rand(tasks, ways, reviews, generator=generator).argsort(2)[:, :, :rows],
    )


def gather(pools: Tensor, chosen: Choice, shots: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Returns support inputs and labels, query inputs and labels (tasks, rows, …) of chosen reviews."""
    tasks, ways, rows = chosen.members.shape
    found = pools[chosen.groups[:, None, None], chosen.classes[:, :, None], chosen.members]
    labels = torch.arange(ways)[None, :, None].expand(tasks, ways, rows)
    return (
        found[:, :, :shots].flatten(1, 2), labels[:, :, :shots].flatten(1),
        found[:, :, shots:].flatten(1, 2), labels[:, :, shots:].flatten(1),
    )  # fmt: skip


def draw(
    pools: Tensor, seeds: Sequence[int], steps: int, tasks: int, ways: int, shots: int, queries: int, shuffled: bool
) -> list[Tasks]:
    """Draws for every step `tasks` tasks of each seed, from that seed alone; `queries` for each class."""
    parts = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        chosen = choose(pools, generator, steps * tasks, ways, shots + queries, shuffled=shuffled)
        parts.append([part.view(steps, tasks, *part.shape[1:]) for part in gather(pools, chosen, shots)])
    stacked = [torch.stack(same, 1) for same in zip(*parts, strict=True)]
    return [Tasks(*(part[at] for part in stacked)) for at in range(steps)]


def nearest_mean(tasks: Tasks, ways: int) -> Tensor:
    """Returns which queries (seeds, tasks, rows) the nearest class mean of the support set gets right: a prototypical network's rule
    (Snell, Swersky, Zemel 2017, arXiv:1703.05175) on features that nothing was trained for."""
    means = torch.stack(
        [
            (tasks.support * (tasks.support_wanted == label)[..., None]).sum(2) / (tasks.support_wanted == label).sum(2, keepdim=True)
            for label in range(ways)
        ],
        2,
    )  # fmt: skip
    return torch.cdist(tasks.query, means).argmin(-1) == tasks.query_wanted
