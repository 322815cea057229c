"""The lab's numbers against plain single calls of the model, one text at a time, without batch, padding or cache."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from playground.data import sets
from playground.explanation.removal import cut
from playground.generation.continuation import Continuation, Step
from playground.generation.scoring import answer_log_probabilities
from playground.lab.bench import Bench
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.models import variants
from playground.models.language_model import LanguageModel
from playground.topics.context import answering, few_shot, position, tokenizing
from playground.topics.context.answering import write
from playground.topics.context.conftest import LANGUAGES, alone, find, finish, ids_of, settings_in, store_of
from playground.topics.context.contributions import answer_value
from playground.topics.context.findings import ELSEWHERE, IN_ANSWER, IN_QUESTION, Findings, place_of
from playground.topics.context.frames import frame, reader
from playground.topics.context.interview import PREDICTION, follow_ups, verdict
from playground.topics.context.lab import run
from playground.topics.context.settings import DEFAULT_A, DEFAULT_QUESTION, Context, Result, Settings

# ---- answers and distributions


def test_log_probabilities_are_those_of_single_calls(store: variants.VariantStore, found: Findings) -> None:
    settings = settings_in(Language.ZH, answer="琴")
    answers = find(store, settings).answers
    lm, made = store.base(), frame(settings.question, "question")
    assert answers.explained == {"a": "琴", "b": "琴"}
    for prompt, context in (("none", None), ("a", settings.a.context), ("b", settings.b.context)):
        expected = pytest.approx(alone(lm, lm.encode(made.text(context)), ids_of(lm, "琴")), abs=1e-4)
        assert answers.log_probabilities[prompt] == {"typed": expected}
        assert answers.log_probability("a", prompt) == answers.log_probability("b", prompt) == expected
    # Without a typed answer each side is asked about its own.
    own, english = found.answers, settings_in(Language.EN)
    assert own.explained == {side: own.written[side] for side in ("a", "b")}
    for side in ("a", "b"):
        read = reader(lm, frame(english.question, "question"))
        ids = write(lm, read.prompt(getattr(english, side).context)).ids
        for prompt, context in (("none", None), ("a", english.a.context), ("b", english.b.context)):
            assert own.log_probability(side, prompt) == pytest.approx(alone(lm, read.prompt(context), ids), abs=1e-4)


def test_the_divergence_is_that_of_single_calls(store: variants.VariantStore, found: Findings) -> None:
    settings, lm = settings_in(Language.EN), store.base()
    read = reader(lm, frame(settings.question, "question"))

    def next_of(context: str | None) -> torch.Tensor:
        with torch.inference_mode():
            return lm.module(input_ids=torch.tensor([read.prompt(context)])).logits[0, -1].double().log_softmax(-1)  # type: ignore[no-any-return]

    for side, context in ((found.a, settings.a.context), (found.b, settings.b.context)):
        p, q = next_of(context), next_of(None)
        assert side.kept.divergence == pytest.approx(float((p.exp() * (p - q)).sum()), rel=1e-3, abs=1e-6)


def test_the_answer_is_what_generate_writes_to_the_end_of_the_line(lm: LanguageModel) -> None:
    prompt = lm.encode("The answer is")
    with torch.inference_mode():
        out = lm.module.generate(torch.tensor([prompt]), max_new_tokens=8, do_sample=False)[0, len(prompt) :].tolist()
    answer = write(lm, prompt)
    assert list(answer.ids) == out[: len(answer.ids)]
    rest = lm.decode(out[len(answer.ids) :])
    assert not any(character.isalnum() for character in rest.split("\n")[0])


def test_a_token_with_a_sign_and_a_full_stop_keeps_the_sign(monkeypatch: pytest.MonkeyPatch, lm: LanguageModel) -> None:
    # Tokens of several characters, as large vocabularies have them.
    pieces = [" C", "++.", "++", "\n", "#."]
    monkeypatch.setattr(LanguageModel, "decode", lambda self, ids: "".join(pieces[token] for token in ids))
    monkeypatch.setattr(LanguageModel, "encode", lambda self, text, bos: {" C++": [0, 2], " C#": [0]}[text])
    for written, kept, text in (((0, 1, 3), (0, 2), "C++"), ((0, 2, 3), (0, 2), "C++"), ((0, 4), (0, 4), "C#.")):
        steps = tuple(Step(token, -1.0, 1, None, ()) for token in written)
        monkeypatch.setattr(answering, "decode", lambda *_, said=Continuation((1,), steps), **__: iter([(said,)]))
        answer = write(lm, [1])
        assert (answer.ids, answer.text) == (kept, text), (
            "as it was written where it can't be encoded without the full stop"
        )


def test_rows_of_unlike_lengths_do_not_touch_each_other(lm: LanguageModel) -> None:
    reads = [[65, 66, 67], [70], [80, 81, 82, 83, 84, 85]]
    together = answer_log_probabilities(lm, None, reads, [90, 91])
    for read, value in zip(reads, together.tolist(), strict=True):
        assert value == pytest.approx(alone(lm, read, [90, 91]), abs=1e-5)


def test_keys_and_values_are_counted_by_their_shapes(found: Findings, lm: LanguageModel) -> None:
    assert found.a.kept.tokens == len(DEFAULT_A.en.encode())
    size = lm.config.hidden_size // lm.config.num_attention_heads
    for side in (found.a, found.b):
        assert side.kept.key_value_bytes == 2 * lm.layers * lm.key_value_heads * size * 4 * side.kept.tokens


# ---- position


@LANGUAGES
def test_the_fact_stands_where_it_is_said_to(lm: LanguageModel, language: Language) -> None:
    reading = reader(lm, frame(DEFAULT_QUESTION.in_(language), "question"))
    among = position.distractors(language, "green", 4, 2, seed=3)
    assert among == position.distractors(language, "green", 4, 2, seed=3)
    assert among[0] != among[1]
    fact = "FACT." if language is Language.EN else "事实。"
    found = position.by_depth(fact, among, answer_value(reading, [65, 66]), language)
    assert found.depths == (0.0, 0.5, 1.0)
    space = " " if language is Language.EN else ""
    for place, mean in enumerate(found.mean):
        values = []
        for order in among:
            context = space.join([*order[: 2 * place], fact, *order[2 * place :]])
            values.append(alone(lm, reading.prompt(context), [65, 66]))
        assert mean == pytest.approx(sum(values) / 2, abs=1e-4)
        assert (found.low[place], found.high[place]) == pytest.approx((min(values), max(values)), abs=1e-4)
    bare = [alone(lm, reading.prompt(space.join(order)), [65, 66]) for order in among]
    assert found.absent == pytest.approx(sum(bare) / 2, abs=1e-4)


def test_no_distractor_holds_the_answer() -> None:
    for order in position.distractors(Language.EN, " Green ", 30, 3, seed=0):
        assert len(order) == len(set(order)) == 30
        assert not any("green" in sentence.casefold() for sentence in order)


def test_one_distractor_has_two_depths(lm: LanguageModel) -> None:
    reading = reader(lm, frame("Which?", "question"))
    among = position.distractors(Language.EN, "x", 1, 1, seed=0)
    assert position.by_depth("A fact.", among, answer_value(reading, [65]), Language.EN).depths == (0.0, 1.0)


# ---- tokenizers


def test_an_english_tokenizer_falls_to_bytes_on_chinese() -> None:
    text = "春眠不觉晓"
    assert tokenizing.by_english(text).tokens == len(text.encode()) == tokenizing.by_bytes(text).tokens
    assert tokenizing.by_english(text).first[:3] == ("<E6>", "<98>", "<A5>")
    english = "The library is closed on Wednesdays."
    assert tokenizing.by_english(english).tokens < len(english) / 2


def test_the_model_s_own_count(lm: LanguageModel) -> None:
    assert tokenizing.by_model(lm, "春眠").tokens == 6
    assert tokenizing.by_model(lm, "春眠").first == ("春", "·", "·", "眠", "·", "·")


# ---- what is around the numbers


def test_pieces_are_ranked_by_their_numbers(found: Findings) -> None:
    for pieces in (found.a.words, found.b.words, found.a.sentences, found.b.sentences):
        falls = [piece.fall for piece in pieces]
        assert falls == sorted(falls, reverse=True)
        assert [piece.rank for piece in pieces] == list(range(1, len(pieces) + 1))
        by_attention = sorted(pieces, key=lambda piece: piece.attention_rank)
        shares = [piece.attention for piece in by_attention]
        assert shares == sorted(shares, reverse=True)
        assert [piece.attention_rank for piece in by_attention] == list(range(1, len(pieces) + 1))
    assert found.a.heaviest == found.a.words[0]
    assert found.a.most_read == max(found.a.words, key=lambda word: word.attention)
    assert len(found.a.sentences) == 3
    assert found.a.units == len(found.a.words) == len(cut(DEFAULT_A.en, "word"))


def test_the_fact_is_the_heaviest_sentence(found: Findings) -> None:
    for side in (found.a, found.b):
        assert side.position.fact == side.sentences[0].name
        assert side.position.depths == (0.0, 0.5, 1.0), "two distractors have three places"


def test_the_curves_are_those_of_the_task(found: Findings, store: variants.VariantStore) -> None:
    for points, right in ((found.right_labels, True), (found.random_labels, False)):
        items = [item for item in sets.examples(Language.EN) if item.task == "topic"]
        alone = few_shot.accuracies(
            store.base(), items, Language.EN, right=right, draws=1, seed=0, most=1, asked_in_all=Settings.texts
        )
        assert points == tuple(alone)
        assert [point.examples for point in points] == [0, 1]


@pytest.mark.parametrize(
    ("word", "place"),
    [("绿色", IN_ANSWER), ("绿", IN_ANSWER), ("自行车", IN_QUESTION), ("图书馆", ELSEWHERE), ("下", ELSEWHERE)],
)
def test_where_a_word_occurs(word: str, place: str) -> None:
    assert place_of(word, "小林的自行车是什么颜色？", " 绿色") == place


def test_an_english_word_is_found_whole() -> None:
    question, answer = "What colour is Maya's bicycle?", "dark green"
    assert place_of("Green", question, answer) == IN_ANSWER
    assert place_of("bicycle", question, answer) == IN_QUESTION
    assert place_of("Maya", question, answer) == place_of("Maya’s", question, answer) == IN_QUESTION
    assert place_of("cycle", question, answer) == place_of("a", question, answer) == ELSEWHERE


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("word", "👍👍"),
        ("token", "。！？"),
        ("character", "单"),
        ("word", "a"),
        ("token", "<b>x</b> \u0301"),
        ("word", "\u200b"),
    ],
)
def test_odd_contexts_and_questions_give_whole_results(unit: str, text: str, store: variants.VariantStore) -> None:
    settings = settings_in(Language.EN, question=text, a=Context(text), unit=unit)
    result = finish(store, settings)
    assert all(getattr(result, item.name) is not None for item in dataclasses.fields(Result))
    assert result.findings is not None
    assert verdict(settings, result.findings).zh and PREDICTION.outcome(settings, result.findings)
    assert follow_ups(settings, result.findings)


def test_a_context_beyond_the_window_names_its_field() -> None:
    settings = settings_in(Language.EN, b=Context("word " * 110))
    with pytest.raises(PlaygroundError) as caught:
        finish(store_of(max_position_embeddings=512), settings)
    assert caught.value.field == "b.context"
    assert "B · 上下文" in caught.value.message.zh


def test_a_run_can_be_stopped_while_examples_are_asked(
    store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(store)
    steps = run(settings_in(Language.ZH, seed=77), bench)
    last = None
    for last in steps:
        if last.position is not None:
            break
    monkeypatch.setattr(bench, "checkpoint", _stop)
    with pytest.raises(Cancelled):
        next(steps)


def _stop() -> None:
    raise Cancelled


# ---- on the real model


@pytest.mark.model
def test_the_layers_are_those_that_the_cards_count(real_lm: LanguageModel) -> None:
    assert (len(real_lm.full_layers), real_lm.layers, real_lm.config.sliding_window) == (3, 18, 512)


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "context", "answer"),
    [
        ("Which programming language does Lena use?", "Lena writes her programs in C++. She lives in Rome.", "C++"),
        ("Which programming language does Lena use?", "Lena writes her programs in C#. She lives in Rome.", "C#"),
        ("By how much did sales rise?", "The firm has 300 workers. Sales rose by 50% in May.", "by 50%"),
        ("By how much did sales rise?", "The firm has 300 workers. Sales rose by 20% in May.", "by 20%"),
        ("我们去看什么电影？", "我们明天一起去看《霸王别姬》。票已经买好了。", "《霸王别姬》"),
    ],
)
def test_an_answer_keeps_its_signs_on_the_real_model(
    real_lm: LanguageModel, question: str, context: str, answer: str
) -> None:
    reading = reader(real_lm, frame(question, "question"))
    written = write(real_lm, reading.prompt(context))
    assert written.text == answer == real_lm.decode(written.ids).strip()
