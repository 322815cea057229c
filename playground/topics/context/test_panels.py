"""The drawings of context: the next token against single calls, and tables, strips and curves against their findings."""

from __future__ import annotations

import torch

from playground.lab.bench import Bench
from playground.lab.text import Language
from playground.models import variants
from playground.topics.context import panels
from playground.topics.context.conftest import LANGUAGES, settings_in
from playground.topics.context.findings import Answers, Kept, Piece
from playground.topics.context.frames import frame
from playground.topics.context.lab import run
from playground.topics.context.test_interview import ANSWERS, DEPTHS, accuracies


@LANGUAGES
def test_the_next_token_s_probabilities_are_those_of_single_calls(
    store: variants.VariantStore, language: Language
) -> None:
    settings = settings_in(language)
    first = next(run(settings, Bench(store))).distribution
    assert first is not None
    lm, made = store.base(), frame(settings.question, "question")
    texts = (made.text(None), made.text(settings.a.context), made.text(settings.b.context))
    for series, text in zip(first.series, texts, strict=True):
        with torch.inference_mode():
            p = lm.module(input_ids=torch.tensor([lm.encode(text)])).logits[0, -1].double().softmax(-1)
        assert series.values[0] <= float(p.max()) + 1e-6
        for value in series.values:
            assert float((p - value).abs().min()) < 1e-6
    assert [series.role for series in first.series] == ["", "a", "b"]


def test_answers_are_in_the_table_of_the_prompts() -> None:
    table = panels.answers_table(ANSWERS)
    assert [row[1:] for row in table.rows] == [("red", -2.0, -3.0), ("green", -1.0, -5.0), ("blue", -4.0, -0.5)]
    assert [column.en for column in table.columns[2:]] == ["log p(“green”)", "log p(“blue”)"]  # type: ignore[union-attr]
    typed = Answers(
        ANSWERS.written, {"a": "pink", "b": "pink"}, {prompt: {"typed": -7.0} for prompt in ("none", "a", "b")}
    )
    table = panels.answers_table(typed)
    assert [column.en for column in table.columns[2:]] == ["log p(“pink”)"]  # type: ignore[union-attr]
    assert [row[2] for row in table.rows] == [-7.0] * 3


def test_a_ranking_shows_the_ten_that_fall_most_and_the_three_most_read() -> None:
    pieces = tuple(Piece(f"w{rank}", 20.0 - rank, rank, rank / 100, 16 - rank, "question") for rank in range(1, 16))
    words = panels.ranking({"a": pieces, "b": pieces}, ANSWERS)
    assert [row[2] for row in words.a.rows] == [*range(1, 11), 13, 14, 15]
    assert words.a.rows[10] == ("w13", 7.0, 13, "13.0%", 3)
    assert (words.a_label.en, words.b_label.en) == ("answer “green”", "answer “blue”")  # type: ignore[union-attr]
    sentences = panels.ranking({"a": pieces, "b": pieces}, ANSWERS, whole=True)
    assert len(sentences.a.columns) == len(sentences.a.rows[0]) == 4


def test_the_strip_has_what_the_contexts_leave(store: variants.VariantStore) -> None:
    strip = panels.figures(store.base(), Kept(12, 2048, 0.5), Kept(10, 1024, 1.5))
    assert [(item.a, item.b) for item in strip.items[:3]] == [(12, 10), (2.0, 1.0), (0.5, 1.5)]
    assert [item.a for item in strip.items[3:]] == [64.0, 259.0]


def test_curves_are_the_findings() -> None:
    lines = panels.position({"a": DEPTHS, "b": DEPTHS}, ANSWERS, settings_in(Language.EN)).lines
    assert (lines[0].x, lines[0].y, lines[0].low, lines[0].high) == (
        DEPTHS.depths,
        DEPTHS.mean,
        DEPTHS.low,
        DEPTHS.high,
    )
    assert lines[1].y == (DEPTHS.absent,) * 2
    right, random, chance = panels.examples(accuracies(0.8, 0.3, 0.9), accuracies(0.8, 0.4, 0.5), 4, 2).lines
    assert (right.x, right.y) == ((0.0, 1.0, 2.0), (0.8, 0.3, 0.9))
    assert random.y == (0.8, 0.4, 0.5)
    assert (chance.x, chance.y) == ((0.0, 2.0), (0.25, 0.25))
