"""The project's data sets match their README, and errors are reported by file, line and field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz.distance import Levenshtein

from playground.data import sets
from playground.data.sets import KINDS, Example, Question
from playground.lab.text import Language

GOOD: dict[str, dict[str, Any]] = {
    "questions": {"id": "q", "passage": "Ann lives in Rome.", "question": "Where does Ann live?", "answers": ["Rome"]},
    "examples": {"id": "e", "task": "topic", "text": "They scored twice.", "label": "sport"},
    "translations": {"id": "t", "text": "It is raining."},
    "alignment": {"id": "a", "text": "It is snowing."},
    "reviews": {"id": "r", "domain": "hotel", "text": "The bed was soft.", "label": "positive"},
    "pairs": {"id": "p", "first": "It rains.", "second": "Rain falls.", "grade": 5},
    "contrasts": {
        "id": "c",
        "change": "negation",
        "text": "It rains.",
        "paraphrase": "Rain falls.",
        "reworded": "It's raining.",
        "changed": "It doesn't rain.",
    },
    "preferences": {
        "id": "p",
        "kind": "role",
        "reference": "Ann saw Ben.",
        "better": "Ben was seen.",
        "worse": "Ben saw Ann.",
    },
    "documents": {"id": "d", "title": "Rain", "text": "It rained all day, and nobody went out.", "summary": "Rain."},
    "entities": {"id": "n", "text": "Ann lives in Rome.", "person": ["Ann"], "place": ["Rome"], "organisation": []},
}


def write(folder: Path, *records: object, name: str = "set.en.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", KINDS)
def test_every_set_is_whole(name: str) -> None:
    assert sets.languages_of(name)
    for language in sets.languages_of(name):
        assert list(sets.complaints(name, language)) == []


@pytest.mark.parametrize("name", ["translations", "alignment"])
def test_every_translation_has_its_counterpart(name: str) -> None:
    zh, en = (sets.read(sets.file_of(name, language), KINDS[name]) for language in Language)
    assert [record.id for record in zh] == [record.id for record in en]


def test_no_sentence_to_fit_on_is_one_to_measure_on() -> None:
    assert len({text for pair in (*sets.translations(), *sets.alignment_pairs()) for text in pair}) == 500
    assert all(re.search(r"[\u4e00-\u9fff]", zh) for zh, _ in (*sets.translations(), *sets.alignment_pairs()))


@pytest.mark.parametrize("language", Language)
def test_a_reworded_sentence_is_as_far_in_characters_as_the_changed_one(language: Language) -> None:
    """On the whole: the edit distances differ by a fifth at most, and the reworded sentence isn't nearer in most items."""
    items = sets.contrasts(language)
    reworded, changed = (
        [Levenshtein.distance(item.text, getattr(item, name)) for item in items] for name in ("reworded", "changed")
    )
    assert 0.8 <= sum(reworded) / sum(changed) <= 1.2
    assert sum(near < far for near, far in zip(reworded, changed, strict=True)) <= len(items) // 2


@pytest.mark.parametrize("language", Language)
def test_three_questions_stand_together_on_each_passage(language: Language) -> None:
    found = sets.questions(language)
    assert len({item.passage for item in found}) == 20
    for start in range(0, 60, 3):
        group = found[start : start + 3]
        assert len({item.passage for item in group}) == 1
        assert sum(not item.answers for item in group) == 1


def test_tasks_and_their_sizes_are_the_same_in_both_languages() -> None:
    zh, en = ([item.task for item in sets.examples(language)] for language in Language)
    assert sorted(zh) == sorted(en)


@pytest.mark.parametrize("name", KINDS)
def test_a_good_record_is_read(name: str, tmp_path: Path) -> None:
    (record,) = sets.read(write(tmp_path, GOOD[name]), KINDS[name])
    assert {key: tuple(value) if isinstance(value, list) else value for key, value in GOOD[name].items()} == vars(
        record
    )


def broken(name: str, **changes: object) -> dict[str, Any]:
    return {key: value for key, value in (GOOD[name] | changes).items() if value is not ...}


@pytest.mark.parametrize(
    ("name", "record", "field"),
    [
        ("questions", broken("questions", answers=["Paris"]), "answers"),
        ("questions", broken("questions", answers="Rome"), "answers"),
        ("questions", broken("questions", answers=[""]), "answers"),
        ("questions", broken("questions", passage=...), "passage"),
        ("examples", broken("examples", label=1), "label"),
        ("examples", broken("examples", text="  "), "text"),
        ("examples", broken("examples", lable="sport"), "lable"),
        ("documents", broken("documents", summary=None), "summary"),
        ("pairs", broken("pairs", grade="5"), "grade"),
        ("pairs", broken("pairs", grade=True), "grade"),
        ("entities", broken("entities", person=["Bob"]), "person"),
        ("entities", broken("entities", text="Ann and Ann live in Rome."), "person"),
        ("entities", broken("entities", organisation=["in Rome"]), "place"),
    ],
)
def test_a_faulty_record_names_file_line_and_field(name: str, record: object, field: str, tmp_path: Path) -> None:
    path = write(tmp_path, broken(name, id="first"), record)
    with pytest.raises(ValueError, match=rf"^set\.en\.jsonl, line 2, field {field}: "):
        sets.read(path, KINDS[name])


def test_an_id_stands_for_one_record(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 3, field id: 'e' is also that of line 1"):
        sets.read(write(tmp_path, GOOD["examples"], broken("examples", id="other"), GOOD["examples"]), Example)


@pytest.mark.parametrize("line", ["{", "[1]", ""])
def test_a_line_that_is_no_record_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "set.zh.jsonl"
    path.write_text(json.dumps(GOOD["questions"]) + f"\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"set\.zh\.jsonl, line 2"):
        sets.read(path, Question)


def questions_all_answered() -> list[dict[str, Any]]:
    return [broken("questions", id=f"q{n}", question=f"Where, {n}?") for n in range(60)]


def unbalanced_examples() -> list[dict[str, Any]]:
    labels = ["sport"] * 41 + ["food"] * 39
    return [broken("examples", id=f"e{n}", text=f"Text {n}.", label=label) for n, label in enumerate(labels)]


def copied_documents() -> list[dict[str, Any]]:
    return [broken("documents", id=f"d{n}") for n in range(40)]


def unbalanced_pairs() -> list[dict[str, Any]]:
    return [broken("pairs", id=f"p{n}", first=f"It rains, {n}.") for n in range(60)]


def unchanged_contrasts() -> list[dict[str, Any]]:
    kinds = ["negation", "number", "entity", "antonym", "role"] * 8
    return [
        broken("contrasts", id=f"c{n}", change=kind, text=f"{n} fell.", changed=f"{n} fell.")
        for n, kind in enumerate(kinds)
    ]


def unbalanced_contrasts() -> list[dict[str, Any]]:
    return [broken("contrasts", id=f"c{n}", text=f"It rains, {n}.") for n in range(40)]


def unbalanced_preferences() -> list[dict[str, Any]]:
    kinds = ["role"] * 7 + ["number"] * 5 + ["entity"] * 6 + ["negation"] * 6
    return [broken("preferences", id=f"p{n}", kind=kind, reference=f"It is {n}.") for n, kind in enumerate(kinds)]


def equal_preferences() -> list[dict[str, Any]]:
    return [broken("preferences", id=f"p{n}", worse="Ben was seen.") for n in range(24)]


def lengths_that_tell_which_is_better() -> list[dict[str, Any]]:
    kinds = ["role", "number", "entity", "negation"] * 6
    return [
        broken("preferences", id=f"p{n}", kind=kind, reference=f"It is {n}.", better=f"It really is {n}.")
        for n, kind in enumerate(kinds)
    ]


def chinese_example() -> list[dict[str, Any]]:
    labels = ["sport", "food"] * 40
    return [broken("examples", id=f"e{n}", text=f"第{n}条", label=label) for n, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("name", "records", "said"),
    [
        ("questions", questions_all_answered, "0 of 60 can't be answered"),
        ("examples", unbalanced_examples, "labels aren't balanced"),
        ("examples", chinese_example, "field text: not in EN"),
        ("documents", copied_documents, "a copy of line 1"),
        ("documents", list, "0 records, not 40"),
        ("pairs", unbalanced_pairs, "grades 0 to 5 aren't balanced"),
        ("contrasts", unbalanced_contrasts, "kinds of change aren't balanced"),
        ("contrasts", unchanged_contrasts, "line 1: two of its four sentences are the same"),
        ("preferences", unbalanced_preferences, "kinds aren't balanced"),
        ("preferences", lengths_that_tell_which_is_better, "kind role: the better one should be longer in half"),
        ("preferences", equal_preferences, "line 1: two of the three sentences are equal"),
    ],
)
def test_a_faulty_set_is_told_what_it_lacks(
    name: str, records: Callable[[], list[Any]], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "FOLDER", tmp_path)
    write(tmp_path, *records(), name=f"{name}.en.jsonl")
    assert any(said in complaint for complaint in sets.complaints(name, Language.EN))
