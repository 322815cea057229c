"""Draws panels, one drawing per kind. Knows panels, Gradio and plotly; knows no topic.

How a page uses it:

    drawing = make(title, hint, language)      # inside gr.Blocks; title: PanelTitle, hint: the Result field's type
    drawing.components                         # one gr.HTML, or a gr.HTML heading and one or two gr.Plot
    drawing.update(panel)                      # a list of gr.update, one per component; None hides them

    demo.launch(head=HEAD, css=CSS)            # the drawings' script and style, once for the whole page

`make(..., heading=False)` omits title and hint, for a panel in a fold whose label shows them, but not caveat and "measured".
A native panel is updated in place, so a growing result may be sent repeatedly; a plotly figure is mounted again, so send
it only when it has changed.

Native kinds (`drawing.NATIVE`) are drawn by `<kind>.js` from JSON, with text set as textContent only; the others
(`drawing.FIGURES`) by `<kind>.py` as plotly figures. To add a native kind, add a .js (and .css)
file here that calls `pgPanels.register(kind, ...)`, and its name to `drawing.NATIVE`; for a plotly kind, a .py file and a
line in `drawing.FIGURES`. Colours are the page's CSS variables
`--pg-a`, `--pg-b`, `--pg-pos`, `--pg-neg`, `--pg-warn`, `--pg-ink`, `--pg-ink-2`, `--pg-ink-3`, `--pg-line`,
`--pg-card`, `--pg-paper`, `--pg-font`, `--pg-mono`, with fallbacks in core.css. The unit of text (character, word, model token)
is a state of the whole page: the window event `pg-unit`.
"""

from components.panels.assets import CSS, HEAD
from components.panels.drawing import Drawing, kind_of, make

__all__ = ["CSS", "HEAD", "Drawing", "kind_of", "make"]
