"""The tree of paths and its link: what is written is read back, and every malformed one is refused."""

from __future__ import annotations

import dataclasses
import random

import pytest

from playground.lab.errors import PlaygroundError
from playground.models.language_model import LanguageModel
from playground.topics.generation import tree as trees
from playground.topics.generation.conftest import PLAIN, TEXT, finish
from playground.topics.generation.tree import MOST_NODES, Tree


def random_tree(rng: random.Random, size: int) -> Tree:
    tree = Tree()
    while len(tree.nodes) < size:
        tree = tree.at(rng.randint(0, len(tree.nodes))).forced(rng.randrange(260_000))
    return tree.at(rng.randint(0, size))


@pytest.mark.parametrize("seed", range(30))
def test_what_is_written_is_read_back(seed: int) -> None:
    rng = random.Random(seed)
    tree = random_tree(rng, rng.randint(1, MOST_NODES))
    written = trees.write(tree, "提示")
    assert trees.read(written, "提示", 262_144) == tree
    assert trees.read(written.split(":")[1], "another", 262_144) == tree
    assert trees.read(written, "another", 262_144) == Tree(), "a changed prompt starts anew"
    assert written.replace("~", "").replace("!", "").replace(".", "").replace(":", "").isalnum(), "no escapes in a link"


def test_the_longest_tree_fits_into_its_setting() -> None:
    tree = Tree()
    for node in range(MOST_NODES):
        tree = tree.at(max(0, node - 1)).forced(262_143 - node % 2)
    assert len(trees.write(tree, "x")) <= trees.MOST_CHARACTERS
    with pytest.raises(ValueError, match="at most"):
        tree.at(0).forced(1)


BAD = [
    "x", "5..6", "5.", ".5", "~5", "5~", "5~1", "5~9.1", "5.6!3", "!1", "5!-1", "5 6", "5.6.7!99999", "zzzz:5", "5!1!2", "5.99999999", "5,6",
    "٥.٦", "259", "5.6~1.6", "<img src=x>", "5" + ".5" * 200, "1a2b:5~~6.1", "5!1\n6",
]  # fmt: skip


@pytest.mark.parametrize("written", BAD)
def test_a_bad_tree_is_refused_by_name_in_both_languages(lm: LanguageModel, written: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, tree=written))
    assert caught.value.field == "tree"
    assert "试过的路径" in caught.value.message.zh
    assert "Paths tried" in caught.value.message.en


def test_noise_in_a_link_never_crashes(lm: LanguageModel) -> None:
    rng = random.Random(4)
    for _ in range(3000):
        written = "".join(rng.choice("0123456789.~!:af") for _ in range(rng.randint(1, 14)))
        try:
            tree = trees.read(written, TEXT, lm.vocabulary)
        except PlaygroundError as error:
            assert error.field == "tree"
        else:
            assert 0 <= tree.current <= len(tree.nodes)
            assert all(parent < node for node, (parent, _) in enumerate(tree.nodes, 1))


def test_cutting_takes_all_below_and_renumbers() -> None:
    tree = trees.read("1.2.3~1.4~0.5.6~2.7!3", "", 100)
    cut = tree.without(2)
    assert cut == Tree(((0, 1), (1, 4), (0, 5), (3, 6)), current=1)
    assert trees.read(trees.write(cut, "p"), "p", 100) == cut
    assert tree.without(1).nodes == ((0, 5), (1, 6))
