from __future__ import annotations

import importlib
import pkgutil

import numpy as np

from playground import lab
from playground.lab.codec import KINDS
from playground.lab.explorer_panels import Choice, Explorer, ExplorerNode
from playground.lab.panels import Bars, Metric, Metrics, Panel, Point, Scatter, Series, SideBySide, Table
from playground.lab.text import Language, Text
from playground.lab.token_panels import Attention, Attribution, Contribution, Struck, Tree, TreeNode
from playground.plain import _lines, describe_panel
from tests.components.panels.examples import GRAPH_OVER_TIME


def lines(panel: Panel, language: Language = Language.EN) -> list[str]:
    return list(describe_panel(panel, language))


def test_every_kind_of_panel_has_plain_text() -> None:
    for module in pkgutil.iter_modules(lab.__path__):
        importlib.import_module(f"{lab.__name__}.{module.name}")
    missing = [kind for kind, panel in KINDS.items() if issubclass(panel, Panel) and panel not in _lines.registry]
    assert not missing


def test_columns_line_up_with_chinese_in_them() -> None:
    table = Table(("词", "n"), (("很长的词", 1), ("a", 2)), highlight=(1,))
    assert lines(table) == ["   词        n", "   很长的词  1", "*  a         2"]


def test_a_and_b_and_caveats() -> None:
    one = Metrics(
        (Metric(Text(zh="困惑度", en="perplexity"), 5.158, 5.21, unit="nats", digits=1),),
        caveat=Text(zh="模拟", en="simulated"),
    )
    assert lines(SideBySide(one, one, "int8", "int4"), Language.ZH) == [
        "A · int8", "  困惑度  5.2  5.2  nats", "  ! 模拟", "B · int4", "  困惑度  5.2  5.2  nats", "  ! 模拟",
    ]  # fmt: skip


def test_a_figure_has_its_interval_behind_the_unit() -> None:
    figures = Metrics((Metric("a", 97.0, unit="%", digits=0, interval="[96, 98]"), Metric("b", 1.0, digits=0)))
    assert [line.rstrip() for line in lines(figures)] == ["a  97    % [96, 98]", "b  1"]


def test_a_missing_value_is_a_dash() -> None:
    assert lines(Bars(("x", "y"), (Series("s", (1.0, None)),))) == ["   s", "x  1.000", "y  –"]


def test_a_point_has_its_intervals() -> None:
    points = (Point(1.0, 0.5, "a", y_interval=(0.25, 0.75)), Point(2.0, 0.1, "b", "", (1.5, 2.5)))
    assert lines(Scatter(points)) == ["a  1.000                 0.500 [0.250, 0.750]", "b  2.000 [1.500, 2.500]  0.100"]


def test_attention_names_the_strongest_key() -> None:
    weights = np.zeros((1, 1, 2, 2), np.float32)
    weights[0, 0] = [[1, 0], [0.25, 0.75]]
    assert lines(Attention(("<b>", "cat"), 1, 1, Attention.pack(weights)))[1:] == [
        "<b>  →  <b>  1.000",
        "cat  →  cat  0.750",
    ]


def test_a_tree_lists_its_paths_best_first() -> None:
    nodes = (
        TreeNode(0, None, "go", 0), TreeNode(1, 0, " up", 1, score=-2.0, rank=2), TreeNode(2, 0, " on", 1, score=-1.0, rank=1),
        TreeNode(3, 0, " cut", 1, kept=False),
    )  # fmt: skip
    assert lines(Tree(nodes)) == ["1  -1.000  go on", "2  -2.000  go up"]


def test_an_explorer_is_its_text_its_candidates_and_its_tree() -> None:
    nodes = (
        ExplorerNode(0, None, ""),
        ExplorerNode(1, 0, " cat", probability=0.5),
        ExplorerNode(2, 1, "", "E4 BD", probability=0.25),
    )
    panel = Explorer("A", nodes, 2, (" cat", "⟨E4 BD⟩"), (Choice("s", 0.125, 1),), 1.0, 0.875, 9, "tree", "")
    assert lines(panel) == ["A cat⟨E4 BD⟩", "1  s  0.125", "   cat  0.500", "    E4 BD  0.250 ←"]


def test_a_graph_over_time_tells_what_each_step_brings() -> None:
    assert lines(GRAPH_OVER_TIME) == [
        "sentence 1  渔夫走过大桥。", "  + 渔夫, 大桥", "  渔夫 – 大桥  1.000",
        "sentence 2  无人机飞过大桥。", "  + 无人机", "  大桥 – 无人机  1.000",
        "sentence 3 (future)  大桥上有无人机。", "  大桥 – 无人机  1.800",
    ]  # fmt: skip


def test_words_struck_out_with_what_comes_of_it() -> None:
    panel = Attribution(
        "LIME", "p", 0.25, (Contribution("good", 0.25), Contribution("film", -0.125)), strikes="struck",
        struck=Struck((1,), "good", 0.25, 0.5, 0.375),
    )  # fmt: skip
    assert lines(panel)[1:3] == ["without film: 0.250 → 0.500", "LIME predicted 0.375"]
    assert lines(panel, Language.ZH)[1] == "划去 film：0.250 → 0.500"
