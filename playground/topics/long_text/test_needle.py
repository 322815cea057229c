"""The needle against one long prompt, token by token, and against greedy decoding; names, haystack and distractors."""

from __future__ import annotations

import copy
import dataclasses

import pytest

from playground.lab.text import Language
from playground.topics.long_text import needle, panels, reading
from playground.topics.long_text.conftest import SMALL, TEXT, ids_of, local_lm, nothing
from playground.topics.long_text.lab import quest_of
from playground.topics.long_text.settings import names_in

QUEST = needle.Quest(
    "Ann is in Rome.",
    "Who is in Rome?",
    "Whom would one meet in Italy?",
    "Ann",
    ("Bob", "Charlie"),
    ("Bob is in Bonn.",),
)


@pytest.mark.parametrize("at_once", [needle.MOST_TOKENS, 1], ids=["all depths in one batch", "one by one"])
@pytest.mark.parametrize(("condition", "depth"), [("distracted", 1.0), ("reworded", 0.0)])
def test_a_needle_is_asked_for_as_one_long_prompt_would_be(
    condition: str, depth: float, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needle, "MOST_TOKENS", at_once)
    lm = local_lm()
    *_, asked = needle.ask_all(lm, TEXT, QUEST, [60], 2, 0, nothing)
    conditions = [one.condition for one in asked if one.depth is not None]
    assert conditions == ["literal", "reworded", "literal", "reworded", "distracted", "distracted"]
    plain = needle.haystack(lm, TEXT, Language.EN, 60)
    assert sum(map(len, plain)) == 60
    lines = needle.scattered(plain, [ids_of(line + "\n") for line in QUEST.distractors], 0)
    hay = [token for line in (lines if condition == "distracted" else plain) for token in line]
    cell = next(one for one in asked if one.depth == depth and one.condition == condition)
    form, space = needle.FORMS[Language.EN]
    hidden = ids_of(QUEST.needle + "\n")
    prompt = [
        *reading.start_of(lm), *ids_of(QUEST.roll + "\n"), *([*hay, *hidden] if depth else [*hidden, *hay]),
        *ids_of(form.format(QUEST.reworded if condition == "reworded" else QUEST.literal)),
    ]  # fmt: skip
    assert cell.tokens == len(prompt)
    totals = []
    for name in QUEST.candidates:
        answer = ids_of(space + name)
        logs = lm.logits([*prompt, *answer]).log_softmax(-1)
        totals.append(sum(float(logs[len(prompt) - 1 + place, token]) for place, token in enumerate(answer)))
    assert cell.margin == pytest.approx(totals[0] - max(totals[1:]), abs=1e-3)
    assert cell.found == (cell.margin > 0)


def test_distractors_are_scattered_by_the_seed() -> None:
    lines, extra = [[number] for number in range(9)], [[100], [101], [102]]
    found = [needle.scattered(lines, extra, seed) for seed in range(20)]
    for one in found:
        assert [line for line in one if line not in extra] == lines and sorted(one) == sorted([*lines, *extra])
    assert found[0] == needle.scattered(lines, extra, 0)
    assert len({str(one) for one in found}) > 10
    assert len({tuple(line[0] for line in one if line in extra) for one in found}) > 2, "their order varies too"
    assert needle.scattered([], extra[:1], 0) == extra[:1]


def test_without_a_needle_the_prompt_is_the_haystack() -> None:
    *_, asked = needle.ask_all(local_lm(), TEXT, QUEST, [40, 60], 3, 0, nothing)
    none = [one for one in asked if one.depth is None]
    assert [one.length for one in none] == [40, 60]
    with_needle = next(
        one for one in asked if one.length == 60 and one.condition == "literal" and one.depth is not None
    )
    assert with_needle.tokens - none[1].tokens == len(ids_of(QUEST.needle + "\n"))
    assert none[1].written or none[1].written == "", "the longest is written out"


def test_greedy_is_what_greedy_decoding_says() -> None:
    lm = local_lm()
    done = reading.read(lm, [*reading.start_of(lm), *ids_of("abc")])
    ids = [*reading.start_of(lm), *ids_of("abc")]
    best: list[int] = []
    for _ in range(3):
        best.append(int(lm.logits([*ids, *best])[-1].argmax()))
    other = [(token + 1) % 256 for token in best]
    for first, expected in ((best, True), (other, False)):
        ((_, greedy),) = needle.score_candidates(
            lm, done.hidden[-1:], copy.deepcopy(done.cache), [first, ids_of("zz")], nothing
        )
        assert greedy is expected


def test_shared_words_are_content_words() -> None:
    assert needle.shared_words("Who lives in the Eiffel Tower?", "Marta lives next to the Eiffel tower.") == (
        "lives",
        "eiffel",
        "tower",
    )
    assert (
        needle.shared_words("Which person can be visited in Paris?", "Marta lives right next to the Eiffel Tower.")
        == ()
    )
    assert "埃菲尔铁塔" in "".join(needle.shared_words("谁的新家在埃菲尔铁塔旁边？", "陈默的新家就在埃菲尔铁塔旁边。"))


@pytest.mark.parametrize("language", list(Language))
def test_the_default_rewording_shares_no_content_word_with_the_needle(language: Language) -> None:
    from playground.topics.long_text.settings import NEEDLE, REWORDED

    assert needle.shared_words(REWORDED.in_(language), NEEDLE.in_(language)) == ()


def test_a_short_text_is_filled_up_and_a_long_one_cut() -> None:
    lm = local_lm()
    lines = needle.haystack(lm, "One sentence.", Language.ZH, 300)
    assert sum(map(len, lines)) == 300 and lines[0] == ids_of("One sentence.\n") and len(lines) > 2
    assert sum(map(len, needle.haystack(lm, "x" * 5000, Language.EN, 50))) == 50


def test_names_are_separated_by_marks_of_either_width() -> None:
    assert names_in("甲、乙，丙; 丁\n甲") == ("甲", "乙", "丙", "丁")


@pytest.mark.parametrize(
    ("mixed", "zh", "en"),
    [
        ("Marta 住在 Rome 旁边。", "针视为中文：提示用中文", "taken as Chinese: the prompt is Chinese"),
        ("Marta lives in 罗马.", "针视为英文：提示用英文", "taken as English: the prompt is English"),
    ],
)
def test_a_needle_of_two_languages_is_taken_as_one_and_said_to_be(mixed: str, zh: str, en: str) -> None:
    quest = quest_of(dataclasses.replace(SMALL, needle=mixed, answer="Marta"))
    said = panels.needle_map((), quest.language).caveat
    assert said is not None and zh in said.zh and en in said.en
    assert needle.FORMS[quest.language][0].startswith("周岚" if "中文" in zh else "Ruth")
