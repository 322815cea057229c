from __future__ import annotations

import gradio as gr
import pytest

from components import controls
from playground import catalog
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate
from tests.browser.fake_app import Settings


def build(language: Language, **options: object) -> controls.Widgets:
    with gr.Blocks(analytics_enabled=False):
        return controls.build(Settings, language, "place", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", list(Language))
def test_every_field_has_a_widget_with_its_default(language: Language) -> None:
    widgets = build(language)
    values = {path: component.value for path, component in widgets.by_path.items()}
    assert validate(Settings, values, language) == validate(Settings, {}, language)


def test_the_script_is_told_of_the_widgets_in_their_order() -> None:
    for advanced in (True, False):
        widgets = build(Language.EN, advanced=advanced)
        told = list(controls.describe(Settings, Language.EN, "place", advanced=advanced))
        assert [field["path"] for field in told] == [item.path for item in widgets.fields]
        assert [field["id"] for field in told] == [component.elem_id for component in widgets.components]
    assert not any(item.advanced for item in widgets.fields)


def test_the_sibling_of_a_shown_control_is_named_within_its_group() -> None:
    told = {field["path"]: field.get("shown") for field in controls.describe(Settings, Language.EN, "place")}
    assert told["a.bits"] == ["a.quantization", ["simulated"]]
    assert told["volume"] == ["loud", [True]]
    assert told["text"] is None


@pytest.mark.parametrize(
    ("slug", "sided"),
    [("continual", {"a", "b"}), ("text-graph", set()), ("dialogue", {"a.strategy", "b.strategy"})],
)
def test_what_a_and_b_each_have_is_marked(slug: str, sided: set[str]) -> None:
    told = list(controls.describe(catalog.find(slug).settings, Language.EN, "place"))
    found = {field["path"] for field in told if field.get("sided")}
    assert found >= sided
    assert {path[0] for path in found} == {path[0] for path in sided}


@pytest.mark.parametrize(
    ("path", "value"), [("times", 99), ("times", None), ("seed", -1), ("a.quantization", "float9"), ("method", "<b>")]
)
def test_gradio_lets_bad_values_through_to_our_own_message(path: str, value: object) -> None:
    widgets = build(Language.ZH)
    passed = widgets.by_path[path].preprocess(value)
    with pytest.raises(PlaygroundError) as error:
        validate(Settings, {path: passed}, Language.ZH)
    assert error.value.field == path


def test_widgets_are_drawn_by_gradios_own() -> None:
    kinds = {component.get_block_name() for component in build(Language.EN).components}
    assert kinds == {"textbox", "slider", "number", "radio", "dropdown", "checkbox"}
