"""What words and sentences contribute, against a loop of plain single calls without them."""

from __future__ import annotations

import pytest
import torch

from playground.explanation.removal import cut
from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.topics.context.conftest import LANGUAGES, alone, ids_of
from playground.topics.context.contributions import MOST_UNITS, answer_value, by_sentence, by_unit, contributions
from playground.topics.context.frames import frame, reader
from playground.topics.context.settings import DEFAULT_A, DEFAULT_QUESTION


def left(text: str, start: int, end: int) -> str:
    """What somebody would type who leaves out the characters from `start` to `end`."""
    return (text[:start] + text[end:]).strip()


@LANGUAGES
@pytest.mark.parametrize("form", ["question", "opening"])
def test_leaving_out_equals_a_loop_of_single_calls(lm: LanguageModel, language: Language, form: str) -> None:
    text, question = DEFAULT_A.in_(language), DEFAULT_QUESTION.in_(language)
    made = frame(question, form)
    reading, answer = reader(lm, made), [104, 105, 33]
    shared = ids_of(lm, made.after)

    def of(context: str) -> float:
        return alone(lm, [*lm.encode(made.before), *ids_of(lm, context), *shared], answer)

    value = answer_value(reading, answer)
    whole = contributions(by_sentence(text), value, reading)
    sentences = whole.parts.names
    assert len(sentences) == 3
    for left_out, fall in enumerate(whole.without.weights):
        start, end = whole.parts.spans[left_out]
        assert fall == pytest.approx(of(text) - of(left(text, start, end)), abs=1e-4)
    units = contributions(by_unit(text, "word", whole, lm), value, reading)
    assert len(units) == len(cut(text, "word"))
    for (start, end), fall in zip(units.parts.spans, units.without.weights, strict=True):
        assert fall == pytest.approx(of(text) - of(left(text, start, end)), abs=1e-4)


@LANGUAGES
def test_attention_is_that_of_the_last_position_before_the_answer(lm: LanguageModel, language: Language) -> None:
    text = DEFAULT_A.in_(language)
    reading = reader(lm, frame(DEFAULT_QUESTION.in_(language), "question"))
    prompt = reading.prompt(text)
    found = contributions(by_sentence(text), lambda texts: torch.zeros(len(texts)).numpy(), reading)
    with torch.inference_mode():
        recorded = lm.recorder(input_ids=torch.tensor([prompt]), output_attentions=True).attentions
    last = torch.cat(recorded)[:, :, -1].double().mean((0, 1))
    # One token a byte, so the sentences' own tokens can be counted off.
    at = len(prompt) - len(reading.after) - len(text.encode())
    for name, (start, end) in zip(found.parts.names, found.parts.spans, strict=True):
        size = len(text[start:end].encode())
        place = found.parts.names.index(name)
        assert found.attention[place] == pytest.approx(float(last[at : at + size].sum()), abs=1e-6)
        at += size


def test_of_many_words_those_of_the_sentences_that_matter_are_taken_out(lm: LanguageModel) -> None:
    text = "".join(f"Sentence {n} has these five words. " for n in range(12))
    reading = reader(lm, frame("Which?", "question"))
    whole = contributions(by_sentence(text), answer_value(reading, [65]), reading)
    chosen = by_unit(text, "word", whole, lm)
    assert len(chosen) == MOST_UNITS < len(cut(text, "word"))
    most, _ = max(enumerate(whole.without.weights), key=lambda item: abs(item[1]))
    start, end = whole.parts.spans[most]
    inside = [name for name, (_, last) in zip(chosen.names, chosen.spans, strict=True) if start < last <= end]
    assert inside == list(cut(text[start:end], "word").names)
    assert list(chosen.spans) == sorted(chosen.spans)
    assert chosen.note is not None and all("40" in said and "72" in said for said in (chosen.note.zh, chosen.note.en))
    assert by_unit(text[: end - start], "word", whole, lm).note is None


def test_very_many_sentences_stand_together(lm: LanguageModel) -> None:
    text = "".join(f"It was {n}. " for n in range(40))
    parts = by_sentence(text)
    assert len(parts) <= 16
    assert "".join(text[start:end] for start, end in parts.spans) == text


@pytest.mark.model
def test_leaving_out_on_the_real_model_equals_single_calls(real_lm: LanguageModel) -> None:
    text, question = DEFAULT_A.zh, DEFAULT_QUESTION.zh
    reading = reader(real_lm, frame(question, "question"))
    answer = reading.answer("吉他")
    found = contributions(by_sentence(text), answer_value(reading, answer), reading)
    whole = alone(real_lm, reading.prompt(text), answer)
    for (start, end), fall in zip(found.parts.spans, found.without.weights, strict=True):
        # Batches and single calls round differently in bfloat16.
        assert fall == pytest.approx(whole - alone(real_lm, reading.prompt(left(text, start, end)), answer), abs=0.3)
