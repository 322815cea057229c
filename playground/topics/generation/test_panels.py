"""Tests what the step explorer's panel shows, and where its clicks lead."""

from __future__ import annotations

import dataclasses

import pytest

from playground.generation.prefix_cache import PrefixCache
from playground.lab.bench import Bench
from playground.models.language_model import LanguageModel
from playground.topics.generation import sampling
from playground.topics.generation import tree as trees
from playground.topics.generation.conftest import PLAIN, TEXT, exploration, finish
from playground.topics.generation.findings import agreement_of
from playground.topics.generation.lab import run
from playground.topics.generation.panels import samples as sample_panels
from playground.topics.generation.panels.explorer import explorer
from playground.topics.generation.sampling import Sample
from playground.topics.generation.tree import Tree
from tests.fakes import OneModel


def test_a_click_is_a_value_that_leads_where_it_says(tiny_lm: LanguageModel) -> None:
    panel = finish(tiny_lm, dataclasses.replace(PLAIN, tree="5.6.7~1.8!2")).explorer
    assert panel is not None
    assert (panel.setting, panel.resets) == ("tree", {"forced": "", "steps": 0})
    for choice in panel.choices:
        assert choice.value is not None
        after = finish(tiny_lm, dataclasses.replace(PLAIN, tree=choice.value)).explorer
        assert after is not None
        assert after.nodes[after.current].parent == panel.current
        assert after.nodes[after.current].probability == pytest.approx(choice.probability, rel=1e-4)
        assert after.nodes[after.current].rank == choice.rank or choice.probability == panel.choices[choice.rank - 2].probability  # fmt: skip
    cut = finish(tiny_lm, dataclasses.replace(PLAIN, tree=panel.without)).explorer
    assert cut is not None
    assert [node.text for node in cut.nodes] == [panel.nodes[at].text for at in (0, 1, 4)]
    tried = next(
        choice for choice in finish(tiny_lm, dataclasses.replace(PLAIN, tree=f"{panel.stem}!{0}")).explorer.choices
    )  # type: ignore[union-attr]
    assert tried.node in (None, 1)


def test_the_distribution_is_there_before_all_else(tiny_lm: LanguageModel) -> None:
    parts = list(run(dataclasses.replace(PLAIN, tree="90.91~0.92.93!2", samples=2), Bench(OneModel(tiny_lm))))  # type: ignore[arg-type]
    first, second = parts[0].explorer, parts[1].explorer
    assert first is not None
    assert second is not None
    assert first.choices == second.choices
    assert [node.probability is None for node in first.nodes[1:]] == [False, False, False, True], (
        "off the way, still to come"
    )
    assert all(node.probability is not None for node in second.nodes[1:])
    assert parts[0].figures is None
    warm = list(run(dataclasses.replace(PLAIN, tree="90.91~0.92.93!4"), Bench(OneModel(tiny_lm))))  # type: ignore[arg-type]
    assert warm[0].explorer is not None
    assert all(node.probability is not None for node in warm[0].explorer.nodes[1:]), "kept: whole at once"


def test_the_same_path_has_the_same_numbers_however_one_came_to_it(tiny_lm: LanguageModel) -> None:
    tree = trees.read("5.6.7~1.8.9!2", TEXT, tiny_lm.vocabulary)
    at_once = explorer(exploration(tiny_lm, tree), TEXT, 10)
    cache = PrefixCache()
    for node in (5, 0, 3, 1, 4):
        explorer(exploration(tiny_lm, tree.at(node), cache), TEXT, 10)
    assert explorer(exploration(tiny_lm, tree, cache), TEXT, 10) == at_once


def test_an_end_token_ends_the_text(tiny_lm: LanguageModel) -> None:
    result = finish(tiny_lm, dataclasses.replace(PLAIN, tree="5.257!2", steps=4))
    assert result.explorer is not None
    assert result.explorer.choices == ()
    assert result.explorer.nodes[2].ends
    assert len(result.explorer.nodes) == 3, "no step goes on from there"


def test_a_changed_prompt_starts_anew_and_says_so(tiny_lm: LanguageModel) -> None:
    tree = trees.write(Tree(((0, 5),), 1), TEXT)
    panel = finish(tiny_lm, dataclasses.replace(PLAIN, text="other", tree=tree)).explorer
    assert panel is not None
    assert len(panel.nodes) == 1
    assert "提示改过了" in panel.note.zh  # type: ignore[union-attr]
    back = finish(tiny_lm, dataclasses.replace(PLAIN, tree=tree)).explorer
    assert back is not None
    assert (len(back.nodes), back.note) == (2, "")


def test_no_panel_shows_a_broken_glyph(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode("你", bos=False)
    one = exploration(tiny_lm, Tree()).forced(ids)
    assert "\ufffd" not in str(dataclasses.asdict(explorer(one.at(2), TEXT, 30)))


def test_the_tables_of_samples_mark_the_largest_group(tiny_lm: LanguageModel) -> None:
    texts = ("Lyon", "Paris. It", " paris, ")
    samples = [Sample((n, n + 1), text, -2.0, sampling.first_clause(text)) for n, text in enumerate(texts)]
    found = agreement_of(samples)
    assert found is not None
    table = sample_panels.answer_table(found)
    assert table.rows == (("paris", 2, 2 / 3, "#2、#3"), ("lyon", 1, 1 / 3, "#1"))
    assert table.highlight == (0,)
    assert sample_panels.sample_table(samples, found).highlight == (1, 2)
    assert finish(tiny_lm, dataclasses.replace(PLAIN, samples=0)).answers is None
