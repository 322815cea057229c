"""The load test's own arithmetic, and its visitors against a server with small topics."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.client import Request, Visitor
from benchmarks.serving import Held
from benchmarks.tally import Tally, difference, is_refusal
from components import presence, words
from playground.lab.text import Language
from playground.line import FULL
from tests.servers import serve

ALONE = {"settings": {"text": "a"}, "findings": {"count": 1, "measured": {"seconds": 2.0}}, "result": {"bars": [1]}}


def test_answers_differ_by_what_they_say_and_not_by_measured_times() -> None:
    later = {
        **ALONE,
        "findings": {"count": 1, "measured": {"seconds": 9.0}},
        "cost": {"seconds": 5},
        "computed": "later",
    }
    assert difference(ALONE, later) == ""
    assert difference(ALONE, {**ALONE, "findings": {"count": 2}}) == "findings"
    assert difference(ALONE, {**ALONE, "result": {"bars": []}}) == "result"
    assert difference(ALONE, {"error": {"message": "no"}}) == "settings"


@pytest.mark.parametrize("language", list(Language))
def test_a_full_line_is_no_error_and_anything_else_is(language: Language) -> None:
    for full in (
        FULL, words.QUEUE_FULL, presence.API_IS_FULL, presence.ADDRESS_IS_FULL, presence.PAGE_IS_FULL, presence.PAGES_ARE_FULL
    ):  # fmt: skip
        assert is_refusal("before " + full.format(most=8, seconds="5 s").in_(language))
    assert not is_refusal(words.LEFT.in_(language))
    assert not is_refusal("")


def test_the_table_counts_each_kind() -> None:
    tally = Tally()
    for lap in (1.0, 2.0, 6.0):
        tally.served("API, cold", lap)
    tally.refuse("API, cold")
    assert tally.is_clean
    tally.fail("page, cold", "status 500")
    tally.compare("one", ALONE, ALONE)
    tally.compare("other", ALONE, {})
    table = tally.table("t")
    assert table.rows == (("API, cold", "4", "1", "0", "2 s", "6 s"), ("page, cold", "1", "0", "1", "", ""))
    assert table.notes.startswith("2 answers compared with the same run's alone, 1 differ.")
    assert "- other: settings" in table.notes and "- page, cold: status 500" in table.notes
    assert not tally.is_clean


def test_what_this_process_holds_is_read_from_the_system() -> None:
    held = Held.by(os.getpid())
    with Path(os.devnull).open():
        more = Held.by(os.getpid())
    assert more.files == held.files + 1
    assert 10 < held.megabytes <= held.most_megabytes and held.threads >= 1


def test_what_is_asked_for_is_cheap_and_in_both_languages() -> None:
    asked = load.requests()
    assert {request.language for request in asked} == set(Language)
    assert any(request.settings for request in asked) and any(not request.settings for request in asked)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("load") / "log.txt"
    with serve(["-m", "tests.browser.fake_app"], log, OMP_NUM_THREADS="1") as address:
        yield address


def test_each_kind_of_visit_gets_its_answer(address: str) -> None:
    request = Request("counting", "en", (("text", "four"),))
    visitor = Visitor(address, "127.0.0.9")
    known = {request: visitor.run(request, anew=True)}
    assert known[request]["findings"]["count"] == 4
    tally = Tally()
    for kind in load.KINDS:
        load.visit(visitor, kind, request, tally, known)
    assert tally.is_clean, tally.table("t").markdown()
    assert set(tally.laps) == set(load.KINDS) and tally.compared == 3


def test_a_page_is_compared_by_what_it_computed(address: str) -> None:
    """In a tab that is drawn when it is opened, with a text of the visitor's."""
    request, tally = Request("counting", "en", (("text", "fours"),)), Tally()
    alone = Visitor(address).run(request, anew=True)
    load.visit(Visitor(address), "page, cold", request, tally, {request: alone | {"findings": {"count": 4}}})
    assert tally.different == ["counting en: findings"]
    assert alone["findings"] == {"count": 5}


def test_more_memory_than_the_goal_or_a_traceback_fails_the_load(capsys: pytest.CaptureFixture[str]) -> None:
    assert load.Seen(0, Held(2999.0, 3400.0, 10, 10)).is_well and not capsys.readouterr().out
    assert not load.Seen(0, Held(3001.0, 3400.0, 10, 10)).is_well
    assert "holds 3001 MB, more than 3000" in capsys.readouterr().out
    assert not load.Seen(2, None).is_well
    assert "tracebacks in the server's log: 2" in capsys.readouterr().out


def test_a_failing_run_is_an_error(address: str) -> None:
    request = Request("broken", "en")
    tally = Tally()
    load.visit(Visitor(address), "API, cold", request, tally, {request: {}})
    assert "Something went wrong inside" in tally.errors["API, cold"][0]
