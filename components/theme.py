"""Defines the page's theme: Gradio's variables, the style sheet and the script. Knows no topic.

Fonts are system fonts, named as plain strings: nothing is loaded from another host.
"""

from __future__ import annotations

from pathlib import Path

from gradio.themes import Base
from gradio.themes.utils import sizes

from components import panels

FONTS = (
    "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC",
    "system-ui", "sans-serif",
)  # fmt: skip
MONO = ("JetBrains Mono", "SFMono-Regular", "Menlo", "Consolas", "Noto Sans Mono CJK SC", "ui-monospace", "monospace")

_FOLDER = Path(__file__).parent
# Each uses what those before it define.
SCRIPTS = (
    "page_state_reads.js",
    "page_state.js",
    "page_drawings.js",
    "page_palette.js",
    "page_rail.js",
    "vendor/perfect_freehand/perfect_freehand.js",
    "page_sketch_log.js",
    "page_sketch.js",
    "page_stage.js",
    "page_pins.js",
    "page_estimates.js",
    "page_runs.js",
    "page_kept.js",
    "page_theme.js",
    "page.js",
)


class PlaygroundTheme(Base):
    """A compact theme with thin lines and one accent colour per side."""

    def __init__(self) -> None:
        super().__init__(
            spacing_size=sizes.spacing_sm,
            radius_size=sizes.radius_md,
            text_size=sizes.text_sm,
            font=FONTS,
            font_mono=MONO,
        )
        self.name = "playground"
        ours = {
            "body_background_fill": "var(--pg-paper)",
            "body_text_color": "var(--pg-ink)",
            "body_text_color_subdued": "var(--pg-ink-2)",
            "background_fill_primary": "var(--pg-card)",
            "background_fill_secondary": "var(--pg-paper)",
            "border_color_primary": "var(--pg-line)",
            "border_color_accent": "var(--pg-a)",
            "color_accent": "var(--pg-ink)",
            "color_accent_soft": "var(--pg-soft)",
            "block_background_fill": "transparent",
            "block_border_width": "0px",
            "block_border_color": "var(--pg-line)",
            "block_label_background_fill": "transparent",
            "block_label_text_color": "var(--pg-ink-2)",
            "block_title_text_color": "var(--pg-ink-2)",
            "block_title_text_weight": "400",
            "block_title_text_size": "12px",
            "block_info_text_color": "var(--pg-ink-3)",
            "block_info_text_size": "12px",
            "block_padding": "0px",
            "block_shadow": "none",
            "panel_background_fill": "transparent",
            "input_background_fill": "var(--pg-card)",
            "input_background_fill_focus": "var(--pg-card)",
            "input_border_color": "var(--pg-line)",
            "input_border_color_focus": "var(--pg-ink-3)",
            "input_placeholder_color": "var(--pg-ink-3)",
            "input_shadow": "none",
            "input_shadow_focus": "none",
            "input_padding": "8px 10px",
            "input_radius": "8px",
            "slider_color": "var(--pg-side)",
            "checkbox_background_color": "var(--pg-card)",
            "checkbox_background_color_selected": "var(--pg-side)",
            "checkbox_border_color": "var(--pg-ink-3)",
            "checkbox_border_color_selected": "var(--pg-side)",
            "checkbox_border_color_focus": "var(--pg-side)",
            "checkbox_label_background_fill": "transparent",
            "checkbox_label_background_fill_hover": "var(--pg-soft)",
            "checkbox_label_background_fill_selected": "var(--pg-side)",
            "checkbox_label_text_color": "var(--pg-ink-2)",
            "checkbox_label_text_color_selected": "var(--pg-side-ink)",
            "checkbox_label_border_width": "0px",
            "checkbox_label_shadow": "none",
            "checkbox_shadow": "none",
            "button_primary_background_fill": "var(--pg-ink)",
            "button_primary_background_fill_hover": "var(--pg-ink)",
            "button_primary_text_color": "var(--pg-card)",
            "button_primary_border_color": "var(--pg-ink)",
            "button_secondary_background_fill": "var(--pg-card)",
            "button_secondary_background_fill_hover": "var(--pg-soft)",
            "button_secondary_text_color": "var(--pg-ink-2)",
            "button_secondary_border_color": "var(--pg-line)",
            "button_border_width": "1px",
            "accordion_text_color": "var(--pg-ink)",
            "shadow_drop": "none",
            "shadow_drop_lg": "none",
            "layout_gap": "14px",
        }
        # The same value for light and dark: our own variables already change with the theme.
        self.set(**ours, **{f"{name}_dark": value for name, value in ours.items() if hasattr(self, f"{name}_dark")})


def style_sheet() -> str:
    """Returns the style sheet of the page and the panels."""
    return (_FOLDER / "page.css").read_text(encoding="utf-8") + panels.CSS


def head() -> str:
    """Returns the script of the page and the panels."""
    scripts = "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return f"<script>{scripts}</script>{panels.HEAD}"
