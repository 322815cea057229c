"""The numbers of a run: the graph's size, who is central when, how well new links were predicted, and what depth does."""

from __future__ import annotations

from dataclasses import dataclass

from playground.topics.text_graph.links import LEAST_LINKS, Score

# Differences of AUC that the follow-ups speak of.
NOTABLE = 0.05


@dataclass(frozen=True)
class Central:
    """PageRank (0 to 1) of one node, `word`: `at_cut`, `at_end`, and `static`, in the static graph of the whole text.
    `first`: the sentence, from 1, that mentions it first. A node that isn't among the 120 that the past mentions most
    has 0 at the cut.
    """

    word: str
    first: int
    at_cut: float
    at_end: float
    static: float


@dataclass(frozen=True)
class Rolled:
    """One of several cuts: the sentences up to `cut` are the past, and new links are those of the sentences up to
    `until`.

    `new_links`, `apart`: the pairs first linked in that stretch, and those linked neither before nor in it. `auc`: by
    method its AUC with the 95% bootstrap interval over the new links; empty where they are too few.
    """

    cut: int
    until: int
    new_links: int
    apart: int
    auc: dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Findings:
    """A run's numbers. `sentences`: read; `past`: how many of them are the past; `nodes`: drawn; `links`: pairs of the
    `central` nodes linked anywhere in the text.

    `central`: the nodes, 200 at most, those that the past mentions most and of the others the most mentioned; most
    central at the end first. `candidates`: nodes that the past mentions; `used`: of them those that are predicted
    about; among these `past_links` pairs are linked in the past, `new_links` first in the future, `apart` never.
    `scores`: by method, on the new links; `leaky`: the same methods when as many links are hidden at random instead.
    Both are empty when `why` says why not: "few_links" (fewer than `least`) or "no_graph" (the past has nothing to
    train on). `rolling`: the neighbourhood's methods at several cuts. `loss_first`, `loss_last`: mean training loss of
    the first and the last epoch (nats), None without training. `likeness`: mean cosine of all pairs of nodes by number
    of propagations. `growth`: largest eigenvalue of the past's weights, which multiplies features at every layer
    without normalisation, None without links. `communities`: of two nodes and more, in the past's graph.
    """

    sentences: int
    past: int
    nodes: int
    links: int
    central: tuple[Central, ...]
    candidates: int
    used: int
    past_links: int
    new_links: int
    apart: int
    communities: int
    scores: dict[str, Score]
    leaky: dict[str, Score]
    why: str
    rolling: tuple[Rolled, ...]
    loss_first: float | None
    loss_last: float | None
    likeness: dict[str, float]
    growth: float | None
    least: int = LEAST_LINKS

    @property
    def leader(self) -> Central:
        """The node that is most central at the end."""
        return max(self.central, key=lambda node: node.at_end)

    @property
    def leader_at_cut(self) -> Central:
        """The node that is most central at the cut."""
        return max(self.central, key=lambda node: node.at_cut)

    @property
    def leader_static(self) -> Central:
        """The node that is most central in the static graph."""
        return max(self.central, key=lambda node: node.static)

    @property
    def share(self) -> float | None:
        """The share of positives among the pairs asked about: average precision of guessing. None if there are no pairs."""
        asked = self.new_links + self.apart
        return self.new_links / asked if asked else None

    @property
    def standing(self) -> str:
        """How the graph convolution compares with common neighbours: "above", "below", or "level" when the paired interval holds 0; "" without scores."""
        if not self.scores:
            return ""
        gain = self.scores["gcn"].against
        assert gain is not None
        return "above" if gain[1] > 0 else "below" if gain[2] < 0 else "level"
