"""Heat maps: what is written in a cell can be read, and how wide a map must be."""

from __future__ import annotations

import re

import numpy as np
import pytest

from components.panels import heatmap
from playground.lab import panels as p
from playground.lab.text import Language, Text
from playground.topics.explainability.lab import LENS_POSITIONS
from tests.components.panels.drawn import heading_of, place


@pytest.mark.parametrize("diverging", [False, True])
def test_a_cells_text_reads_on_its_colour(diverging: bool) -> None:
    values = tuple(place / 50 - 1 for place in range(101))
    panel = p.Heatmap(("c",), tuple(map(str, values)), tuple((value,) for value in values), diverging=diverging,
                      texts=tuple((f"{value:g}",) for value in values))  # fmt: skip
    figure = place(panel).update(panel)[1]["value"]
    (trace,) = figure.data
    scale = [(float(stop), heatmap._rgb(colour)) for stop, colour in trace.colorscale]
    for value, (text,) in zip(values, trace.text, strict=True):
        ink = re.fullmatch(r'<span style="color:(#\w{6})">(.*)</span>', text)
        assert ink is not None and ink[2] == f"{value:g}"
        behind = [np.interp((value + 1) / 2, [stop for stop, _ in scale], [one[part] for _, one in scale]) for part in range(3)]  # fmt: skip
        assert heatmap.contrast(heatmap._rgb(ink[1]), (behind[0], behind[1], behind[2])) >= 4.5
        # In the dark theme figures.css inverts the cell, and turns the inks that end so.
        turned = {"#000001": (255, 255, 255), "#fffffe": (0, 0, 0)}.get(ink[1], heatmap._rgb(ink[1]))
        assert heatmap.contrast(turned, heatmap.in_dark((behind[0], behind[1], behind[2]))) >= 4.5
    assert round(heatmap.contrast((0, 0, 0), (255, 255, 255)), 3) == 21
    # The first gray that WebAIM's table calls sufficient on white.
    assert heatmap.contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)


def test_a_cells_hover_label_names_its_fields() -> None:
    """“0.000256 naires” says neither what the number is nor what the word is."""
    panel = p.Heatmap(("c",), ("r", ""), ((0.0002562,), (0.5,)), value_label=Text(zh="概率", en="probability"), texts=(("naires",), ("",)), text_label=Text(zh="首选", en="first choice"))  # fmt: skip
    (trace,) = place(panel, "en").update(panel)[1]["value"].data
    assert [cell for (cell,) in trace.customdata] == [
        "r · c<br>probability <b>0.0002562</b><br>first choice naires", "c<br>probability <b>0.5</b>"
    ]  # fmt: skip
    (trace,) = place(panel, "zh").update(panel)[1]["value"].data
    assert trace.customdata[0][0] == "r · c<br>概率 <b>0.0002562</b><br>首选 naires"


def test_the_logit_lens_of_the_embedded_model_has_few_enough_cells_to_be_written_in() -> None:
    layers_and_embedding = 18 + 1
    assert layers_and_embedding * LENS_POSITIONS <= heatmap.WRITTEN_CELLS
    assert LENS_POSITIONS <= heatmap.WRITTEN_COLUMNS


def test_a_scale_of_counts_has_no_fractions() -> None:
    for values, whole in (((0.0, 3.0), True), ((0.0, 0.5), False), ((0.0, 30.0), False)):
        panel = p.Heatmap(("a", "b"), ("r",), (values,))
        (trace,) = place(panel).update(panel)[1]["value"].data
        assert (trace.colorbar.dtick == 1) == whole


def test_a_heat_map_says_how_wide_it_must_be() -> None:
    def needed(texts: tuple[str, ...]) -> tuple[int, int]:
        return heatmap.crowded_below(p.Heatmap(texts, ("row",), ((0.0,) * len(texts),), texts=(texts,)), Language.EN)

    cells, names = needed(("+0.1", "+0.2"))
    assert cells < 300 and names < 300
    cells, names = needed(("1.00 / 0.50",) * 12)
    assert cells > 800 and names < 300
    assert needed(("中文词",) * 4)[0] > needed(("abc",) * 4)[0], "a Chinese character takes two letters"
    assert needed(("a",) * 34)[1] > 500
    panel = p.Heatmap(("c",), ("r",), ((1.0,),), texts=(("x",),))
    assert heading_of(panel)["crowded_below"] == [*heatmap.crowded_below(panel, Language.ZH)]
    assert heading_of(p.Bars(("a",), ()))["crowded_below"] is None
