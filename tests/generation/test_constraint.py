"""Masks against the partial matching of the `regex` package; constrained searches against every string of a finite language."""

from __future__ import annotations

import re

import pytest
import regex
import torch

from playground.generation.constraint import Constraint
from playground.generation.continuation import Continuation, Ending
from playground.generation.decode import decode
from playground.generation.panels import waterfall
from playground.generation.settings import Decoding
from playground.lab.errors import PlaygroundError
from playground.models.language_model import LanguageModel

END = 257
EXPRESSIONS = [r"[0-9]{2}-[0-9]{2}", r"(yes|no)", r"(a+)+b", r"x*", r".{3}", r"(?i)paris\.?", r"[^\n]+!", r"(ab|cde|f)"]


def last(
    lm: LanguageModel, row: Decoding, expression: str, *, most: int = 12, seed: int = 0, traced: bool = False
) -> Continuation:
    held = Constraint(lm, expression, "regex")
    *_, (one,) = decode(lm, lm.encode("a b a b "), [row], max_tokens=most, seed=seed, constraints=[held], traced=traced)
    return one


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_allowed_tokens_are_those_after_which_a_match_is_still_possible(
    tiny_lm: LanguageModel, expression: str
) -> None:
    held = Constraint(tiny_lm, expression, "regex")
    letters = [chr(code) for code in range(32, 127)] + ["\n"]
    ids = {letter: tiny_lm.encode(letter, bos=False)[0] for letter in letters}
    texts = ["", "y", "n", "a", "aa", "x", "xx", "1", "12", "12-", "12-3", "ab", "cd", "P", "pari", "?!", "f"]
    known = [text for text in texts if regex.fullmatch(expression, text, partial=True)]
    assert "" in known
    for text in known:
        mask = held.allowed(tiny_lm.encode(text, bos=False))
        assert mask.shape == (tiny_lm.vocabulary,)
        for letter in letters:
            possible = regex.fullmatch(expression, text + letter, partial=True) is not None
            assert bool(mask[ids[letter]]) is possible, (text, letter)
        assert bool(mask[END]) is (re.fullmatch(expression, text) is not None), text
        assert not mask[256] and not mask[258], "no other control token"


def test_a_character_of_several_tokens_is_constrained_by_its_bytes(tiny_lm: LanguageModel) -> None:
    held = Constraint(tiny_lm, "[你好]", "regex")
    first, second = tiny_lm.encode("你", bos=False), tiny_lm.encode("好", bos=False)
    assert set(held.allowed([]).nonzero().flatten().tolist()) == {first[0], second[0]}
    assert set(held.allowed(first[:1]).nonzero().flatten().tolist()) == {first[1]}, "好 begins with another byte"
    assert not held.complete(first[:2])
    assert held.complete(first)


def test_where_nothing_may_be_added_the_text_is_complete(tiny_lm: LanguageModel) -> None:
    held = Constraint(tiny_lm, "ab|abc", "regex")
    a, b, c = tiny_lm.encode("abc", bos=False)
    assert [held.complete(ids) for ids in ([], [a], [a, b], [a, b, c])] == [False, False, False, True]
    assert [bool(held.allowed(ids)[END]) for ids in ([], [a], [a, b])] == [False, False, True]


@pytest.mark.parametrize(
    "row", [Decoding(), Decoding(strategy="sample", temperature=1.5, top_p=0.9), Decoding(strategy="beam", beams=3)]
)
@pytest.mark.parametrize("expression", [r"[0-9]{2}-[0-9]{2}", r"(yes|no), (yes|no)", r"[b-d]{1,4}\."])
def test_what_is_generated_matches(tiny_lm: LanguageModel, row: Decoding, expression: str) -> None:
    one = last(tiny_lm, row, expression)
    assert re.fullmatch(expression, tiny_lm.decode(one.ids))
    assert one.ending is Ending.MATCH


def test_greedy_takes_the_likeliest_of_what_is_allowed(tiny_lm: LanguageModel) -> None:
    one = last(tiny_lm, Decoding(), "[0-9]{6}")
    ids = tiny_lm.encode("a b a b ")
    digits = [tiny_lm.encode(str(digit), bos=False)[0] for digit in range(10)]
    for step in one.steps:
        logits = tiny_lm.logits(ids)[-1]
        assert step.token == max(digits, key=lambda token: float(logits[token]))
        assert step.log_probability == pytest.approx(float(logits.log_softmax(-1)[step.token]), abs=1e-3), (
            "the raw model's"
        )
        kept = logits[torch.tensor(digits)].softmax(-1)
        assert step.chosen_probability == pytest.approx(float(kept.max()), abs=1e-3), "among what is allowed"
        ids.append(step.token)


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 3.0])
def test_beams_that_end_at_different_lengths_against_every_string(
    tiny_lm: LanguageModel, length_penalty: float
) -> None:
    strings = ["ab.", "c.", "defgh.", "i."]
    row = Decoding(strategy="beam", beams=4, length_penalty=length_penalty)
    one = last(tiny_lm, row, "(ab|c|defgh|i)\\.")
    prompt = tiny_lm.encode("a b a b ")
    scores = {}
    for text in strings:
        ids = tiny_lm.encode(text, bos=False)
        forced = tiny_lm.logits([*prompt, *ids])[len(prompt) - 1 : -1].log_softmax(-1)
        total = float(forced.gather(1, torch.tensor(ids)[:, None]).sum())
        scores[text] = total / len(ids) ** length_penalty
    ranked = sorted(strings, key=lambda text: -scores[text])
    found = sorted((node for node in one.tree if node.rank), key=lambda node: node.rank or 0)
    assert len({node.step for node in found}) > 1, "they end at different lengths"
    assert [node.score for node in found] == pytest.approx([scores[text] for text in ranked], abs=1e-2)
    assert tiny_lm.decode(one.ids) == ranked[0]
    assert one.ending is Ending.MATCH


def test_a_row_without_an_expression_is_as_alone(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode("a b a b ")
    held = Constraint(tiny_lm, "[0-9]{4}", "regex")
    *_, (free, bound) = decode(tiny_lm, ids, [Decoding(), Decoding()], max_tokens=8, constraints=[None, held])
    *_, (alone,) = decode(tiny_lm, ids, [Decoding()], max_tokens=8)
    assert free.all_ids == alone.all_ids
    assert len(bound.ids) == 4


def test_the_waterfall_shows_what_is_forbidden(tiny_lm: LanguageModel) -> None:
    one = last(tiny_lm, Decoding(repetition_penalty=1.2), "[0-9]{3}", traced=True)
    panel = waterfall(tiny_lm, one)
    assert panel is not None
    for step in panel.steps:
        names = [stage.name.en for stage in step.stages if not isinstance(stage.name, str)]
        assert names == ["raw logit", "repetition penalty", "regular expression", "probability"]
        assert step.remaining == 10
        for place, candidate in enumerate(step.candidates):
            assert (step.stages[2].values[place] is not None) is candidate.text.isdigit(), candidate.text


@pytest.mark.parametrize("expression", ["[", "(?=a)b", r"\bfoo\b", "(a", r"(a)\1", "a{3,1}", "*", "(?P<x"])
def test_what_cannot_be_used_is_refused_by_its_field_in_both_languages(tiny_lm: LanguageModel, expression: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        Constraint(tiny_lm, expression, "b.regex")
    assert caught.value.field == "b.regex"
    assert "正则约束" in caught.value.message.zh
    assert "Regular expression" in caught.value.message.en
    assert "\n" not in caught.value.message.en and len(caught.value.message.en) < 300


@pytest.mark.parametrize("row", [Decoding(no_repeat_ngram=1), Decoding(strategy="beam", beams=2, no_repeat_ngram=1)])
def test_rules_that_leave_no_token_say_so(tiny_lm: LanguageModel, row: Decoding) -> None:
    with pytest.raises(PlaygroundError) as caught:
        last(tiny_lm, row, "z{4}")
    assert caught.value.field == "regex"
    assert "No token is left" in caught.value.message.en


def test_a_model_without_an_end_token(tiny_lm: LanguageModel) -> None:
    *_, (one,) = decode(
        tiny_lm,
        [97],
        [Decoding()],
        max_tokens=4,
        end_ids=frozenset(),
        constraints=[Constraint(tiny_lm, "[xy]*", "regex")],
    )
    assert set(tiny_lm.decode(one.all_ids)) <= set("xy")
