"""The lab's numbers against plain single calls of the model, one text at a time, without batch, padding or cache; cuts and draws."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from playground.data import sets
from playground.explanation.removal import cut
from playground.generation.continuation import Continuation, Step
from playground.generation.prefix_cache import PrefixCache
from playground.generation.scoring import answer_log_probabilities
from playground.lab.bench import Bench
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import merged
from playground.lab.text import Language
from playground.lab.variant import Variant
from playground.models import variants
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import wilson
from playground.topics.context import answering, few_shot, position, tokenizing
from playground.topics.context.answering import write
from playground.topics.context.contributions import MOST_UNITS, answer_value, by_sentence, by_unit, contributions
from playground.topics.context.findings import ELSEWHERE, IN_ANSWER, IN_QUESTION, Findings, place_of
from playground.topics.context.frames import frame, reader
from playground.topics.context.interview import PREDICTION, follow_ups, verdict
from playground.topics.context.lab import run
from playground.topics.context.settings import DEFAULT_A, DEFAULT_B, DEFAULT_QUESTION, Context, Result, Settings
from tests.conftest import byte_tokenizer, tiny_llama, wrap

LANGUAGES = pytest.mark.parametrize("language", Language, ids=str)


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_llama(max_position_embeddings=4096))


def store_of(**shape: object) -> variants.VariantStore:
    return variants.VariantStore(
        lambda progress: variants.wrap("tiny", tiny_llama(**shape), byte_tokenizer(), Variant())
    )


@pytest.fixture(scope="module")
def store() -> variants.VariantStore:
    return store_of(max_position_embeddings=4096)


def settings_in(language: Language, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "question": DEFAULT_QUESTION.in_(language),
        "a": Context(DEFAULT_A.in_(language)),
        "b": Context(DEFAULT_B.in_(language)),
        "distractors": 2, "orders": 2, "examples": 1, "draws": 1,
    }  # fmt: skip
    return Settings(**(values | changes))


def finish(store: variants.VariantStore, settings: Settings) -> Result:
    return functools.reduce(merged, run(settings, Bench(store)))


def find(store: variants.VariantStore, settings: Settings) -> Findings:
    found = finish(store, settings).findings
    assert found is not None
    return found


@pytest.fixture(scope="module")
def found(store: variants.VariantStore) -> Findings:
    return find(store, settings_in(Language.EN))


def ids_of(lm: LanguageModel, text: str) -> list[int]:
    return list(lm.tokenizer.encode(text, add_special_tokens=False))


def alone(lm: LanguageModel, prompt: Sequence[int], answer: Sequence[int]) -> float:
    """log p(answer | prompt) by one call of transformers' own model."""
    with torch.inference_mode():
        logits = lm.module(input_ids=torch.tensor([[*prompt, *answer]])).logits[0].double()
    rows = logits.log_softmax(-1)[len(prompt) - 1 : -1]
    return float(rows.gather(1, torch.tensor(list(answer))[:, None]).sum())


# ---- leaving out


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


# ---- examples in context


@LANGUAGES
@pytest.mark.parametrize("task", ["topic", "sentiment"])
def test_label_scores_after_a_kept_prefix_equal_single_calls(lm: LanguageModel, language: Language, task: str) -> None:
    items = [item for item in sets.examples(language) if item.task == task]
    labels = list(dict.fromkeys(item.label for item in items))
    shown, asked = few_shot.drawn(items, 0, 0)
    prompt = few_shot.Prompt(shown[:2], tuple(item.label for item in shown[:2]))
    (_, before), *_ = few_shot._prefixes(lm, shown, prompt.labels, language, [2], PrefixCache())
    scores = few_shot.label_scores(lm, before, asked[:3], labels, language)
    for row, item in enumerate(asked[:3]):
        read = lm.encode(prompt.text(item, language))
        space = "" if language is Language.ZH else " "
        for column, label in enumerate(labels):
            expected = alone(lm, read, ids_of(lm, space + label))
            assert scores[row, column] == pytest.approx(expected, abs=1e-3)


def test_accuracy_counts_the_likeliest_labels(lm: LanguageModel) -> None:
    items = [item for item in sets.examples(Language.ZH) if item.task == "sentiment"]
    labels = list(dict.fromkeys(item.label for item in items))
    found = few_shot.accuracies(lm, items, Language.ZH, right=True, draws=3, seed=5, most=2)
    assert [point.examples for point in found] == [0, 1, 2]
    all_hits = 0
    for draw in range(3):
        shown, asked = few_shot.drawn(items, 5, draw, 3)
        prompt = few_shot.Prompt(shown[:1], (shown[0].label,))
        hits = 0
        for item in asked:
            read = lm.encode(prompt.text(item, Language.ZH))
            hits += item.label == max(labels, key=lambda label: alone(lm, read, ids_of(lm, label)))
        assert found[1].by_draw[draw] == hits / len(asked)
        all_hits += hits
    assert found[1].texts == 24
    assert found[1].share == all_hits / 24
    assert (found[1].low, found[1].high) == wilson(all_hits, 24)


def test_without_examples_no_label_is_wrong(lm: LanguageModel) -> None:
    items = [item for item in sets.examples(Language.EN) if item.task == "sentiment"]
    whole = few_shot.accuracies(lm, items, Language.EN, right=False, draws=2, seed=5, most=2)
    known = few_shot.accuracies(lm, items, Language.EN, right=True, draws=2, seed=5, most=1)[0]
    assert few_shot.accuracies(lm, items, Language.EN, right=False, draws=2, seed=5, most=2, without=known) == whole


@LANGUAGES
@pytest.mark.parametrize("task", ["topic", "sentiment"])
def test_what_is_shown_is_never_asked_and_every_label_comes_in_turn(language: Language, task: str) -> None:
    items = [item for item in sets.examples(language) if item.task == task]
    labels = {item.label for item in items}
    shown, asked = few_shot.drawn(items, 1, 0)
    assert (len(shown), len(asked)) == (8, 24)
    assert not set(shown) & set(asked)
    for start in range(0, 8, len(labels)):
        assert {item.label for item in shown[start : start + len(labels)]} == labels
    own = few_shot.shown_labels(shown, sorted(labels), 1, 0, right=True)
    assert own == tuple(item.label for item in shown)
    assert few_shot.shown_labels(shown, sorted(labels), 1, 0, right=False) != own


@LANGUAGES
@pytest.mark.parametrize("task", ["topic", "sentiment"])
@pytest.mark.parametrize("draws", [1, 2, 3, 6])
def test_the_draws_share_the_texts_out(language: Language, task: str, draws: int) -> None:
    items = [item for item in sets.examples(language) if item.task == task]
    each = [few_shot.drawn(items, 4, draw, draws) for draw in range(draws)]
    asked = [item for _, own in each for item in own]
    assert len(asked) == len(set(asked)) == 24, "each is asked about once, however many draws there are"
    few = [own for draw in range(draws) for _, own in [few_shot.drawn(items, 4, draw, draws, 8)]]
    assert sum(map(len, few)) == max(8, draws * len({item.label for item in items})), "each draw asks about each label"
    assert all(few)
    assert len({shown for shown, _ in each}) == draws
    for shown, own in each:
        assert len(set(shown)) == 8 and not set(shown) & set(own)
        counted = Counter(item.label for item in own)
        assert len(set(counted.values())) == 1, "of each label as many"
    assert each == [few_shot.drawn(items, 4, draw, draws) for draw in range(draws)]


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
def test_leaving_out_on_the_real_model_equals_single_calls(real_lm: LanguageModel) -> None:
    text, question = DEFAULT_A.zh, DEFAULT_QUESTION.zh
    reading = reader(real_lm, frame(question, "question"))
    answer = reading.answer("吉他")
    found = contributions(by_sentence(text), answer_value(reading, answer), reading)
    whole = alone(real_lm, reading.prompt(text), answer)
    for (start, end), fall in zip(found.parts.spans, found.without.weights, strict=True):
        # Batches and single calls round differently in bfloat16.
        assert fall == pytest.approx(whole - alone(real_lm, reading.prompt(left(text, start, end)), answer), abs=0.3)


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


@pytest.mark.model
def test_labels_after_eight_kept_examples_on_the_real_model_equal_single_calls(real_lm: LanguageModel) -> None:
    items = [item for item in sets.examples(Language.ZH) if item.task == "topic"]
    labels = list(dict.fromkeys(item.label for item in items))
    shown, asked = few_shot.drawn(items, 0, 0)
    own = tuple(item.label for item in shown)
    _, (_, before) = few_shot._prefixes(real_lm, shown, own, Language.ZH, [1, 8], PrefixCache())
    scores = few_shot.label_scores(real_lm, before, asked[:3], labels, Language.ZH)
    for row, item in enumerate(asked[:3]):
        read = real_lm.encode(few_shot.Prompt(shown, own).text(item, Language.ZH))
        single = [alone(real_lm, read, ids_of(real_lm, label)) for label in labels]
        assert scores[row].tolist() == pytest.approx(single, abs=0.4)


@pytest.mark.model
@pytest.mark.parametrize("language", list(Language))
def test_after_one_example_the_real_model_repeats_its_label(real_lm: LanguageModel, language: Language) -> None:
    items = few_shot.items_of("topic", language)
    labels = list(dict.fromkeys(item.label for item in items))
    default = Settings()
    (first, *_), asked = few_shot.drawn(items, default.seed, 0, default.draws, default.texts)
    ((_, before),) = few_shot._prefixes(real_lm, [first], [first.label], language, [1], PrefixCache())
    guesses = few_shot.label_scores(real_lm, before, asked, labels, language).argmax(1).tolist()
    assert len(asked) == default.texts
    assert sum(labels[guess] == first.label for guess in guesses) >= 0.9 * len(asked)


def test_examples_that_were_read_are_not_read_again(lm: LanguageModel) -> None:
    items = [item for item in sets.examples(Language.EN) if item.task == "topic"]
    shown, _ = few_shot.drawn(items, 0, 0)
    labels = [item.label for item in shown]
    counted: list[int] = []
    heard = lm.heard_by(counted.append)
    list(few_shot._prefixes(heard, shown, labels, Language.EN, [1, 2, 4], PrefixCache()))
    whole = few_shot.Prompt(tuple(shown[:4]), tuple(labels[:4])).ids(lm, Language.EN)
    assert sum(counted) == len(lm.encode("")) + len(whole)
