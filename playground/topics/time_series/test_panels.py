"""That the panels draw the findings, where that is not plain."""

from __future__ import annotations

from playground.lab.panels import Lines
from playground.lab.validation import validate
from playground.statistics.intervals import Mean
from playground.topics.time_series import panels
from playground.topics.time_series.decomposition import Correlogram
from playground.topics.time_series.findings import Leak, score
from playground.topics.time_series.forecast import naive
from playground.topics.time_series.lab import plan
from playground.topics.time_series.settings import Settings

SETTINGS = validate(
    Settings, {"series": "nile", "horizon": 4, "lags": 4, "origins": 3, "a": "seasonal", "b": "digits"}, "en"
)


def drawn(settings: Settings = SETTINGS) -> Lines:
    test = plan(settings)
    return panels.forecasts(test, {"naive": [naive(test.values[:at], 4, 1, 0.8) for at in test.origins]}, settings)


def test_each_stretch_begins_after_its_origin_and_what_is_unknown_is_left_out() -> None:
    found = drawn()
    assert [line.role for line in found.lines] == ["", "a"]
    line = found.lines[1]
    assert [x for x, y in zip(line.x, line.y, strict=True) if y is None] == [92.5, 96.5]
    assert [mark.x for mark in found.marks] == [88, 92, 96]
    values = plan(SETTINGS).values
    assert line.y[:4] == (values[87],) * 4 and line.x[:4] == (89, 90, 91, 92)


def test_a_leak_that_cannot_be_told_apart_is_called_that() -> None:
    table = panels.leaks(
        {
            "none": Leak(Mean(1.0, 3, 0.9, 1.1), Mean(0.0, 3, 0.0, 0.0)),
            "scaling": Leak(Mean(1.0, 3, 0.9, 1.1), Mean(-0.001, 3, -0.002, 0.004)),
            "split": Leak(Mean(0.5, 3, 0.4, 0.6), Mean(-0.5, 3, -0.6, -0.4)),
            "smoothing": Leak(Mean(1.5, 3, 1.4, 1.6), Mean(0.5, 3, 0.4, 0.6)),
        },
        "split",
    )
    said = [row[-1].en for row in table.rows]  # type: ignore[union-attr]
    assert said == ["only data before the origin", "can't be told apart", "falsely better", "worse instead"]
    assert table.highlight == (2,) and table.rows[1][2] == "0.00 [0.00, 0.00]"


def test_overlapping_windows_are_said() -> None:
    for horizon, overlapping in ((20, True), (4, False)):
        test = plan(validate(Settings, {"series": "nile", "horizon": horizon, "lags": 1, "origins": 8}, "en"))
        forecasts = [naive(test.values[:at], horizon, 1, 0.8) for at in test.origins]
        table = panels.errors({"naive": score(forecasts, test.actual, test.scales, 0.8, None)}, test)
        assert (table.caveat is not None) == overlapping


def test_the_language_model_is_paired_with_exponential_smoothing_by_origin() -> None:
    test = plan(SETTINGS)
    late, early = ([naive(test.values[:at], 4, season, 0.8) for at in test.origins] for season in (1, 3))
    scores = {
        name: score(found, test.actual, test.scales, 0.8, None)
        for name, found in (("naive", late), ("smoothing", late), ("digits", early))
    }
    last = panels.errors(scores, test).rows[-1]
    apart = [one - other for one, other in zip(scores["digits"].by_origin, scores["smoothing"].by_origin, strict=True)]
    assert str(last[1]).startswith(f"{sum(apart) / 3:.2f} [") and last[2:] == (None,) * 4
    without = {name: one for name, one in scores.items() if name != "digits"}
    assert len(panels.errors(without, test).rows) == 2


def test_residuals_that_do_not_vary_are_said_to_have_no_autocorrelation() -> None:
    assert panels.residuals({}).caveat is not None
    assert panels.residuals({"naive": Correlogram((0.5, 0.1), 0.2, 0.01)}).caveat is None


def test_the_column_that_was_read_is_named() -> None:
    rows = "\n".join([",sold,price", *(f"{at},{at % 7},{at % 5}" for at in range(60))])
    for column, name in (("", "sold"), ("price", "price")):
        values = {"series": "pasted", "pasted": rows, "column": column, "horizon": 4, "lags": 4}
        settings = validate(Settings, values, "en")
        read = panels.as_read(plan(settings), settings)
        assert read.text.en.startswith(f"pasted data (column “{name}”): 60 values")
        assert read.text.zh.startswith(f"粘贴的数据（“{name}”列）：60 个值")
    assert panels.as_read(plan(SETTINGS), SETTINGS).text.en.startswith("flow of the Nile (yearly): ")
