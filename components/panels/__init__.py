"""One drawing per panel kind. Knows panels, Gradio and plotly; knows no topic.

How a page uses it:

    drawing = make(title, hint, language)      # inside gr.Blocks; title: PanelTitle, hint: the Result field's type
    drawing.components                         # one gr.HTML, or a gr.HTML heading and one or two gr.Plot
    drawing.update(panel)                      # a list of gr.update, one per component; None hides them

    demo.launch(head=HEAD, css=CSS)            # the drawings' script and style, once for the whole page

`make(..., heading=False)` leaves out the title (an accordion's label says it); hint, caveat and "measured" stay.
An update of a native panel changes the drawing in place, so a result may be sent as often as it grows; a figure of
plotly's is mounted anew, so send it only when it has changed.

Native kinds (`drawing.NATIVE`) are drawn by `<kind>.js` from JSON, with text set as textContent only; the others
(`drawing.FIGURES`) by `<kind>.py` as plotly figures. A new native kind is a .js (and .css) file here that calls `pgPanels.register(kind, ...)`, and its name in
`drawing.NATIVE`; a new plotly kind is a .py file and a line in `drawing.FIGURES`. Colours are the page's CSS variables
`--pg-a`, `--pg-b`, `--pg-pos`, `--pg-neg`, `--pg-warn`, `--pg-ink`, `--pg-ink-2`, `--pg-ink-3`, `--pg-line`,
`--pg-card`, `--pg-paper`, `--pg-font`, `--pg-mono`, with fallbacks in core.css. The unit of text (character, word, model token) is one state of the
page: the window event `pg-unit`.
"""

from components.panels.assets import CSS, HEAD
from components.panels.drawing import Drawing, kind_of, make

__all__ = ["CSS", "HEAD", "Drawing", "kind_of", "make"]
