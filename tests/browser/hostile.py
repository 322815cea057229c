"""Text with markup that must stay text, and panels that hold it everywhere."""

from __future__ import annotations

import dataclasses

from playground.lab import grid_panels as g
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.text import Text
from tests.components.panels import examples

HOSTILE = "<img src=x onerror=window.hacked=1>"
HOSTILE_TEXT = Text(zh=HOSTILE, en=HOSTILE)


def hostile_panels() -> dict[str, p.Panel]:
    h = HOSTILE
    pieces = (h, "b", "c")
    attention = examples.attention(0, pieces, 2, 2)
    unit = (t.Unit(h, ((0, 1.0), (1, 1.0))), t.Unit(h, ((2, 1.0),)))
    token = t.Token(h, 0.5, 1, 0.4, (t.Alternative(h, 0.5),))
    attribution = t.Attribution(h, h, 0.5, (t.Contribution(h, 0.2, 0.1, 0.3), t.Contribution(h, -0.2)), 0.1, 0.9, 9, 9, 2, 0.5, h, False, HOSTILE_TEXT, (t.Perturbed(h, 0.5),), h)  # fmt: skip
    step = t.WaterfallStep(
        (h, h),
        (t.Candidate(h, True, (0,)), t.Candidate(h)),
        (t.Stage(h, h, (1.0, 2.0)), t.Stage(h, h, (0.5, None), "probability")),
        2,
    )
    nodes = (
        t.TreeNode(0, None, h, 0),
        t.TreeNode(1, 0, h, 1, 0.5, -0.7, True, True, -0.7, 1),
        t.TreeNode(2, 0, h, 1, 0.2, -1.7, False),
    )
    return {
        "tokens": t.Tokens(h, (token, token), 0, HOSTILE_TEXT), "ribbon": t.Ribbon(pieces, (t.RibbonRow(h, (1.0, None, 2.0), h),), (0,)),
        "attention": dataclasses.replace(attention, words=unit, characters=unit), "attribution": attribution,
        "waterfall": t.Waterfall((step,)), "tree": t.Tree(nodes, h),
        "passages": t.Passages((t.Passage(h, (t.Span(h, 0.5, h, "warn", HOSTILE_TEXT), t.Span(h, tone=h)), h),), h),
        "metrics": p.Metrics((p.Metric(h, h, h, h, hint=HOSTILE_TEXT), p.Metric(h, 1.0, 2.0, h))),
        "table": p.Table((h, h), ((h, 1), (None, 2.5)), (0,)), "prose": p.Prose(HOSTILE_TEXT, caveat=HOSTILE_TEXT), "code": p.Code(h, h),
        "graph_over_time": p.GraphOverTime((p.MovingNode("a", h, 0, 0, (1.0,), (1.0,), h), p.MovingNode("b", h, 1, 1, (1.0,), (1.0,), "g")), (p.MovingEdge("a", "b", (1.0,)),), (h,), (h,)),
        "graph": p.Graph((p.GraphNode("a", h, 1.0, h), p.GraphNode("b", h, 1.0, "g")), (p.GraphEdge("a", "b", 1.0, h),), True),
        "grid": g.Grid((h, h), (h,), ((1.0, None),), HOSTILE_TEXT, (g.ColumnGroup(h, 2),), texts=((h, h),), setting="x", choices=((h, None),), click=HOSTILE_TEXT, beside=p.Table((h, h), ((h, 1.0),)), beside_label=HOSTILE_TEXT),
        "lattice": p.Lattice((h, h), (p.LatticeArc(0, 1, h, -1.0, True), p.LatticeArc(0, 2, h)), HOSTILE_TEXT),
    }  # fmt: skip
