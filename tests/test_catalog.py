import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from playground import catalog
from playground.cards import CardError
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.panels import Metric, Metrics
from playground.lab.text import Language, Text
from playground.lab.variant import Variant
from playground.language import parts_of_speech
from playground.models import activations, variants
from playground.models.language_model import LanguageModel
from tests.fakes import Findings, NoModels, Result, Settings, make_topic, write_topic

Package = Callable[..., str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Package]:
    """Yields a function that writes a package of topics, (folder, slug, number) each, and returns its name."""
    name = "topics_" + request.node.name.replace("[", "_").rstrip("]")
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(*topics: tuple[str, str, int]) -> str:
        for folder, slug, number in topics:
            write_topic(tmp_path / name, folder, slug, number)
        return name

    yield write
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


@pytest.fixture
def counting(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fills the catalog with the topics counting and two-words only."""
    entries = catalog.discover(package(("two_words", "two-words", 8), ("counting", "counting", 3)))
    monkeypatch.setattr(catalog, "_entries", lambda: entries)


def test_topics_come_by_number_and_underscored_folders_are_left_out(package: Package) -> None:
    entries = catalog.discover(package(("zeta", "zeta", 1), ("alpha", "alpha", 2), ("_template", "wrong", 1)))
    assert [entry.topic.slug for entry in entries] == ["zeta", "alpha"]
    assert entries[0].folder.name == "zeta"


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        (("beta", "gamma", 2), "folder must be 'gamma'"),
        (("beta", "beta", 1), "number 1"),
        (("be_ta", "be_ta_", 2), "folder"),
    ],
)
def test_a_slug_or_number_that_does_not_fit_is_refused(
    package: Package, second: tuple[str, str, int], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        catalog.discover(package(("alpha", "alpha", 1), second))


def test_a_lab_without_a_topic_is_named(package: Package, tmp_path: Path) -> None:
    name = package(("alpha", "alpha", 1))
    (tmp_path / name / "alpha/lab.py").write_text("")
    with pytest.raises(ValueError, match=r"alpha.lab\.py has no TOPIC"):
        catalog.discover(name)


def test_a_slug_with_a_hyphen_stands_in_a_folder_with_an_underscore(counting: None) -> None:
    assert [topic.slug for topic in catalog.topics()] == ["counting", "two-words"]
    assert catalog.card("two-words", "zh").title == "Counting"


def test_an_unknown_topic_is_refused_with_a_list(counting: None) -> None:
    with pytest.raises(PlaygroundError) as caught:
        catalog.find("cuonting")
    assert caught.value.field == "topic"
    for language in Language:
        assert "cuonting" in caught.value.message.in_(language) and "two-words" in caught.value.message.in_(language)


@pytest.mark.parametrize(
    "call",
    [lambda: catalog.card("counting", "fr"), lambda: catalog.run("counting", {}, "fr"), lambda: catalog.describe("fr")],
)
def test_an_unknown_language_is_refused(counting: None, call: Callable[[], object]) -> None:
    with pytest.raises(PlaygroundError) as caught:
        call()
    assert caught.value.field == "language" and "fr" in caught.value.message.zh


def test_a_faulty_card_is_named(counting: None) -> None:
    folder = catalog._entry("counting").folder
    (folder / "en.md").write_text("# Counting\n", encoding="utf-8")
    with pytest.raises(CardError, match=r"counting.en\.md"):
        catalog.card("counting", "en")


def test_a_run_as_plain_data(counting: None) -> None:
    data = catalog.run("counting", {"text": "你好", "b.bits": "3", "a": {"pruning": "wanda"}}, "zh", models=NoModels())
    assert data == json.loads(json.dumps(data))
    assert list(data) == ["topic", "language", "settings", "verdict", "findings", "result", "cost", "computed"]
    assert (data["topic"], data["language"]) == ("counting", "zh")
    assert data["settings"]["text"] == "你好"
    assert data["settings"]["a"] == {"quantization": "none", "bits": 4, "pruning": "wanda", "sparsity": 0.5}
    assert data["settings"]["b"] == {"quantization": "int8", "bits": 3, "pruning": "none", "sparsity": 0.5}
    assert data["result"]["first"]["kind"] == "prose"
    assert data["findings"] == {"count": 2}
    assert set(data["result"]) == {"first", "counts"}
    assert datetime.fromisoformat(data["computed"]).tzinfo is not None
    assert set(data["cost"]) == {"seconds", "forward_passes", "tokens"}


def test_a_panel_that_was_not_computed_is_null(counting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(settings: Settings, bench: Bench) -> Iterator[Result]:
        yield Result(findings=Findings(0))

    entries = (catalog.Entry(make_topic(run=nothing), Path()),)
    monkeypatch.setattr(catalog, "_entries", lambda: entries)
    assert catalog.run("counting", {}, models=NoModels())["result"] == {"first": None, "counts": None}


def test_a_number_that_json_lacks_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def infinite(settings: Settings, bench: Bench) -> Iterator[Result]:
        yield Result(first=Metrics((Metric("x", float("inf")),)), findings=Findings(0))  # type: ignore[arg-type]

    entries = (catalog.Entry(make_topic(run=infinite), Path()),)
    monkeypatch.setattr(catalog, "_entries", lambda: entries)
    with pytest.raises(PlaygroundError, match="inside"):
        catalog.run("counting", {}, models=NoModels())


def test_describe_gives_bounds_options_and_defaults_in_the_language(counting: None) -> None:
    described = catalog.describe("en")[0]
    fields = {field["name"]: field for field in described["settings"]}
    assert (described["number"], described["slug"], described["title"], described["group"]) == (
        3,
        "counting",
        "Counting",
        "language",
    )
    assert fields["text"] == {
        "name": "text",
        "label": "Text",
        "default": "Fine weather",
        "type": "text",
        "max_chars": 50,
        "optional": False,
    }
    assert fields["times"] == {"name": "times", "label": "Times", "default": 2, "type": "integer", "low": 1, "high": 9}
    assert fields["share"]["type"] == "number"
    assert fields["loud"] == {"name": "loud", "label": "Loud", "default": False, "type": "switch"}
    assert fields["b.quantization"]["default"] == "int8" and "int4" in fields["b.quantization"]["options"]
    assert fields["b.quantization"]["label"] == "B · Quantization"


def test_listing_topics_does_not_load_torch() -> None:
    code = "import sys; from playground import catalog; assert 'torch' not in sys.modules, 'torch is loaded'"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.model
def test_what_first_runs_need_is_there_once_prepared(real_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog.prepare()
    monkeypatch.setattr(variants, "build", None)
    for quantization in ("int8", "int4"):
        assert variants.store().get(Variant(quantization=quantization)).variant.quantization == quantization
    assert parts_of_speech._load.cache_info().currsize == 1
    monkeypatch.setattr(activations, "measure", None)
    assert len(activations.calibrate(variants.store().base())) == variants.store().base().layers


@pytest.mark.model
def test_a_model_that_cannot_be_packed_prevents_nothing(
    real_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object) -> None:
        raise PlaygroundError(Text("不行", "no"))

    monkeypatch.setattr(variants.VariantStore, "get", refuse)
    catalog.prepare()
