"""The lab against sacrebleu, plain passes of the model and counts by hand; tables as people paste them; the judge with single calls."""

from __future__ import annotations

import functools
import json
import math
from typing import Any

import numpy as np
import pytest
import sacrebleu
import torch

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.models.language_model import LanguageModel
from playground.topics.evaluation.comparing import calibrate, compare
from playground.topics.evaluation.edits import edits
from playground.topics.evaluation.findings import Findings
from playground.topics.evaluation.judge import _CHOICES, Judgement, chosen, judge, pairwise_prompt, pointwise_prompt
from playground.topics.evaluation.lab import references_of, run
from playground.topics.evaluation.pasted_table import read_table
from playground.topics.evaluation.reading import read
from playground.topics.evaluation.settings import Settings, example_table
from playground.topics.evaluation.systems import score_systems
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel, stop_at


@functools.cache
def tiny() -> LanguageModel:
    """A tiny model with room for the judge's examples in bytes."""
    return wrap(tiny_llama(max_position_embeddings=4096))


def findings_of(**values: Any) -> tuple[Settings, Findings]:
    settings = validate(Settings, {"pairs": 4, "resamples": 200} | values, Language.ZH)
    found = [result.findings for result in run(settings, Bench(OneModel(tiny()))) if result.findings]
    return settings, found[-1]


def test_the_findings_are_sacrebleus_and_go_to_json_and_back() -> None:
    settings, found = findings_of(unit="character")
    references = references_of(settings.references)
    assert found.bleu_a == pytest.approx(sacrebleu.sentence_bleu(settings.text, references, tokenize="zh").score)
    moved = found.edit("moved")
    assert moved is not None and found.moved_bleu == moved.scores.bleu.score
    expected = sacrebleu.sentence_bleu(moved.text, references[:1], tokenize="zh").score
    assert found.moved_bleu == pytest.approx(expected) and sorted(moved.text) == sorted(references[0])
    assert found.labels is not None and found.labels.count == 60
    assert decode(Findings, json.loads(json.dumps(encode(found), allow_nan=False))) == found
    assert findings_of(unit="character")[1] == found


def test_a_blank_table_is_left_out() -> None:
    assert findings_of(table="")[1].labels is None


# ---- references and edits


def test_references_lose_blank_and_repeated_lines_and_have_bounds() -> None:
    assert references_of(" a \r\n\n a\nb\n") == ["a", "b"]
    for text in ("\n".join("abcdefghi"), "x" * 1001):
        with pytest.raises(PlaygroundError) as caught:
            references_of(text)
        assert caught.value.field == "references" and "“References”" in caught.value.message.en


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("三位老师昨天在会上非常详细地讲解了新规定。", {
            "moved": "昨天三位老师在会上非常详细地讲解了新规定。", "synonym": "三位教师昨天在会上非常详细地讲解了新规定。",
            "negation": "三位老师昨天在会上非常详细地没有讲解新规定。", "number": "五位老师昨天在会上非常详细地讲解了新规定。"}),
        ("昨天我没有去。", {"moved": "我昨天没有去。", "negation": "昨天我去。"}),
        ("Yesterday I saw 9 cats.", {
            "moved": "I saw 9 cats yesterday.", "number": "Yesterday I saw 1 cats.",
            "negation": "It is not true that yesterday I saw 9 cats."}),
        ("The cat can't swim.", {"moved": "Cat the can't swim.", "negation": "The cat can swim."}),
        ("Three trains were late.", {
            "moved": "Trains three were late.", "number": "Five trains were late.", "negation": "Three trains were not late."}),
        ("😀", {}),
    ],
)  # fmt: skip
def test_edits_by_rule(text: str, made: dict[str, str]) -> None:
    assert {edit.kind: edit.text for edit in edits(text)} == made


def test_only_a_moved_adverb_is_known_to_keep_the_meaning() -> None:
    known = {
        edit.text: edit.keeps_meaning for text in ("昨天我走了三里。", "The cat can swim.") for edit in edits(text)
    }
    assert known == {
        "我昨天走了三里。": True, "昨天我没有走三里。": False, "昨天我走了五里。": False,
        "Cat the can swim.": None, "The cat can not swim.": False,
    }  # fmt: skip


# ---- pasted tables

ROWS = [("好", "好", "坏"), ("坏", "坏", "坏"), ("好", "坏", "好"), ("坏", "坏", "好")]


@pytest.mark.parametrize("separator", ["\t", ",", ";", "，", "；"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", ["", "标准答案{0}预测A{0}预测B", "Gold{0}Pred-A{0}pred_b"])
def test_tables_as_people_paste_them(separator: str, end: str, header: str) -> None:
    lines = [header.format(separator)] * bool(header) + [separator.join(row) for row in ROWS]
    table = read_table("\ufeff" + end.join(lines) + end + end)
    assert (table.gold, table.a, table.b) == tuple(zip(*ROWS, strict=True))
    assert table.separator == separator and table.header == bool(header) and table.confidence == ()


def test_quotes_mixed_line_ends_widths_and_the_order_of_columns() -> None:
    table = read_table('置信度,预测A,真值\r\n"90%","a, b","ａ, b"\n0.5,“c”,c\r.25,c,"a, b"\n1,c,c')
    assert table.confidence == (0.9, 0.5, 0.25, 1.0) and table.gold == ("a, b", "c", "a, b", "c")
    assert table.a == ("a, b", "c", "c", "c") and table.b == () and table.classes == ("a, b", "c")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("only one column\nx\ny\nz\nw", "at least two columns"),
        ("a,b\na,b,c\na,b\na,b", "Row 2"),
        ("a,b\n" * 3, "table: 3;"),
        ("gold,a\nx,y\nx,\nx,x\ny,y", "Row 3"),
        ("gold,b\n" + "x,y\n" * 4, "prediction A"),
        ("\n".join(f"{n},{n}" for n in range(13)), "13 different labels"),
        ("gold,a,p\nx,x,0.5\nx,x,1.5\nx,x,1\nx,x,1", "row 3"),
        ("gold,a,p\nx,x,nan\nx,x,1\nx,x,1\nx,x,1", "row 2"),
        ("，，，", "table: 1;"),
    ],
)
def test_a_wrong_table_gets_a_message_with_its_row(text: str, said: str) -> None:
    with pytest.raises(PlaygroundError, match=said) as caught:
        read_table(text)
    assert caught.value.field == "table"


def test_the_default_tables_are_the_same_in_both_languages() -> None:
    zh, en = (read_table(example_table(language)) for language in ("zh", "en"))
    names = dict(zip(("好评", "中评", "差评"), ("positive", "neutral", "negative"), strict=True))
    assert tuple(names[label] for label in zh.gold + zh.a + zh.b) == en.gold + en.a + en.b
    assert zh.confidence == en.confidence


def test_a_comparison_counts_who_is_right() -> None:
    found = compare(read_table("\n".join(["x,x,y"] * 2 + ["x,y,x"] * 8 + ["y,y,y"] * 7 + ["y,x,x"] * 3)), 0, 300)
    assert (found.both, found.only_a, found.only_b, found.neither) == (7, 2, 8, 3)
    assert found.difference == pytest.approx(0.3)
    assert found.p_value == pytest.approx(2 * sum(math.comb(10, k) for k in range(3)) / 2**10)
    assert [test.name for test in found.tests] == ["accuracy", "macro", "x", "y"]
    assert found.tests[0].difference.value == pytest.approx(0.3)
    assert all(test.adjusted >= test.difference.p_value for test in found.tests)
    assert found.needed is not None and found.power(found.needed) == pytest.approx(0.8, abs=0.02)


# ---- the model's part


def test_bits_are_those_of_a_plain_forward_pass() -> None:
    lm, text = tiny(), "a 猫。"
    found = read(lm, text)
    ids = lm.encode(text)
    log_probabilities = torch.log_softmax(lm.logits(ids), -1)
    bits = -sum(float(log_probabilities[place, token]) for place, token in enumerate(ids[1:])) / math.log(2)
    assert found is not None and found.bits == pytest.approx(bits, rel=1e-5)
    assert (found.tokens, found.words, found.characters, found.bytes) == (8, 3, 4, 8)
    assert found.bits_per_byte == pytest.approx(bits / 8) and found.by_token == pytest.approx(2 ** (bits / 8))
    assert read(lm, "") is None


@pytest.mark.parametrize("language", Language)
def test_a_judgement_is_read_off_one_plain_pass(language: Language) -> None:
    lm, triple = tiny(), ("Ann saw Ben.", "Ben was seen by Ann.", "Ben saw Ann.")
    told: list[int] = []
    (found,) = judge(lm, language, [triple], told.append)
    assert told == [1]
    labels = [lm.tokenizer.encode(label, add_special_tokens=False)[0] for label in _CHOICES[language]]
    for value, first, second in ((found.x_first, triple[1], triple[2]), (found.y_first, triple[2], triple[1])):
        logits = lm.logits(lm.encode("".join(pairwise_prompt(language, triple[0], first, second))))[-1]
        assert value == pytest.approx(float(logits[labels[0]] - logits[labels[1]]), abs=1e-3)


def test_prompts_are_balanced() -> None:
    for language in Language:
        shots, question = pairwise_prompt(language, "r", "x", "y")
        endings = [shot.strip()[-1] for shot in shots.strip().split("\n\n")]
        assert [endings.count(label.strip()) for label in _CHOICES[language]] == [2, 2]
        assert "x" in question and question.index("x") < question.index("y")
        alone, _ = pointwise_prompt(language, "r", "x")
        assert len(alone.strip().split("\n\n")) == 4


def test_what_two_orders_say() -> None:
    biased = Judgement(2.0, 1.5, 0.3, 0.1)
    assert biased.flips and biased.position == pytest.approx(1.75)
    assert biased.both_orders == pytest.approx(0.25) and biased.alone == pytest.approx(0.2)
    assert not Judgement(1.0, -1.0, 0, 0).flips


def test_the_pairs_chosen_take_the_kinds_in_turn() -> None:
    assert [pair.kind for pair in chosen(Language.EN, 5)] == ["negation", "number", "entity", "role", "negation"]
    assert len({pair.id for pair in chosen(Language.ZH, 24)}) == 24


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("count", range(4, 25, 4))
def test_length_does_not_tell_which_of_the_pairs_is_better(language: Language, count: int) -> None:
    assert sum(bool(pair.longer) for pair in chosen(language, count)) == count / 2


@pytest.mark.parametrize("language", Language)
def test_systems_against_sacrebleus_corpus_score(language: Language) -> None:
    found, pairs = score_systems(language), chosen(language, 24)
    tokenize = "zh" if language is Language.ZH else "13a"
    references = [[pair.reference for pair in pairs]]
    # English words are cut by this project's rule there and by 13a here, which differ on an apostrophe and "p.m.".
    tolerance = 0.01 if language is Language.ZH else 4
    expected = sacrebleu.corpus_bleu([pair.worse for pair in pairs], references, tokenize=tokenize).score
    assert found.worse == pytest.approx(expected, abs=tolerance)
    # Worse sentences have the higher chrF in most resamples of the pairs, and sacrebleu's test says so.
    generator, higher = np.random.default_rng(1), 0
    for _ in range(40):
        some = [pairs[place] for place in generator.integers(0, len(pairs), len(pairs))]
        scores = [
            sacrebleu.corpus_chrf([getattr(pair, side) for pair in some], [[pair.reference for pair in some]]).score
            for side in ("worse", "better")
        ]
        higher += scores[0] > scores[1]
    assert higher >= 38 and found.chrf_p_value < 0.05
    # What the judge's caveat says: similarity tells which one is better, in every pair.
    assert set(found.right.values()) == {0} and found.count == 24


def test_confidence_is_of_as_answer_and_brier_scores_whether_it_is_right() -> None:
    told: list[None] = []
    found = calibrate(read_table("x,x,y,0.9\nx,y,x,0.6\ny,y,x,0.8\ny,x,y,0.7"), 5, 0, 400, lambda: told.append(None))
    # Two blocks of resamples of the errors, two of the Brier score.
    assert len(told) == 4
    assert found.confidence == pytest.approx(0.75)
    assert found.brier == pytest.approx((0.1**2 + 0.6**2 + 0.2**2 + 0.7**2) / 4)


@pytest.mark.parametrize("said", ["bootstrap resamples", "corpus BLEU", "reading the probability", "pairs judged"])
def test_a_stopped_run_yields_nothing_more(said: str) -> None:
    assert (
        stop_at(
            said,
            run,
            validate(Settings, {"pairs": 4, "resamples": 200}, Language.EN),
            wrap(tiny_llama(max_position_embeddings=4096)),
        )
        == 0
    )
