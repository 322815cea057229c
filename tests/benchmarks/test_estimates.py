"""The table of estimates against the truth."""

from __future__ import annotations

import pytest

from benchmarks.estimates import Measured, cases, table
from playground.lab.text import Language
from tests.fakes import make_topic


def test_a_topic_s_median_is_of_its_own_runs_by_the_time_they_would_have_taken_alone() -> None:
    found = [
        Measured("a", "default, zh", 10.0, 20.0, 0.5),  # half of it waited for other programs: 1.0
        Measured("a", "default, en", 10.0, 12.0, 0.0),
        Measured("a", "long", 10.0, 30.0, 0.0),
        Measured("b", "default, zh", 2.0, 1.0, 0.0),
    ]
    told = table(found)
    assert told.rows == (
        ("a", "3", "10 s", "10 s", "1.00 – 3.00", "1.20"),
        ("b", "1", "2 s", "1 s", "0.50 – 0.50", "0.50"),
    )
    # Of 1.0, 1.2, 3.0 and 0.5.
    assert "50% of 4 runs are within 1.5 times, the median ratio of all is 1.10." in told.notes
    assert "at most 50%" in told.notes


@pytest.mark.parametrize(("ratio", "within"), [(1.5, "100%"), (1 / 1.5, "100%"), (1.6, "0%"), (0.6, "0%")])
def test_too_long_and_too_short_count_alike(ratio: float, within: str) -> None:
    assert table([Measured("a", "x", 10.0, 10.0 * ratio, 0.0)]).notes.startswith(f"{within} of 1 runs")


def test_defaults_of_both_languages_and_some_of_the_examples_are_measured() -> None:
    names = [name for name, _ in cases(make_topic(), 1)]
    assert names == [*(f"default, {language}" for language in Language), "Example"]
