"""Chunks, ranks, support and the set's counts against hand computations and single calls; a run on a tiny model; bad input."""

from __future__ import annotations

import json
import math
import threading

import pytest
import torch

from playground.data.sets import questions
from playground.evaluation.answers import answer_units
from playground.evaluation.overlap import token_f1
from playground.generation.decode import decode
from playground.generation.greedy import Greedy
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.codec import decode as read_json
from playground.lab.codec import encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import merged, panels_of
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.models.language_model import LanguageModel
from playground.topics.question_answering import answering, lab, on_the_set, record, retrieval
from playground.topics.question_answering.answering import Answer, answer, is_refusal, score, score_each
from playground.topics.question_answering.chunking import (
    Range,
    by_characters,
    by_sentences,
    read_together,
    sentence_ranges,
    without,
)
from playground.topics.question_answering.contradiction import contradicted, other_answer
from playground.topics.question_answering.findings import (
    CONTRADICTED,
    KEPT,
    READINGS,
    REMOVED,
    SHUT,
    WHOLE,
    Findings,
    same_answer,
)
from playground.topics.question_answering.lab import run
from playground.topics.question_answering.prompts import CLOSED, FORMS, OPEN, Frame
from playground.topics.question_answering.settings import Result, Settings
from playground.topics.question_answering.support import matching_span, support
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel

PASSAGE = "Ann keeps 3 cats. Bob has a dog. It rains."
QUESTION = "How many cats does Ann keep?"


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    """A tiny model whose context holds the worked examples in bytes."""
    return wrap(tiny_llama(max_position_embeddings=4096))


def finish(lm: LanguageModel, language: str = "en", **values: object) -> Result:
    result = None
    given = {"question": QUESTION, "passage": PASSAGE, "questions": 3, "size": 1} | values
    for new in run(validate(Settings, given, language), Bench(OneModel(lm), seconds=600)):
        result = merged(result, new)
    assert result is not None
    return result


@pytest.fixture(scope="module")
def found(lm: LanguageModel) -> Findings:
    findings = finish(lm, other="9 cats").findings
    assert findings is not None
    return findings


# ---- chunks


def test_chunks_of_sentences_overlap_and_cover_the_passage() -> None:
    text = "甲。 乙。丙。丁。"
    assert [one.of(text) for one in by_sentences(text, 2, 0)] == ["甲。 乙。", "丙。丁。"]
    assert [one.of(text) for one in by_sentences(text, 2, 1)] == ["甲。 乙。", "乙。丙。", "丙。丁。"]
    assert [one.of(text) for one in by_sentences(text, 3, 1)] == ["甲。 乙。丙。", "丙。丁。"]
    assert [one.of("one") for one in by_sentences("one", 8, 4)] == ["one"]
    for size in range(1, 9):
        for overlap in range(size):
            chunks = by_sentences(PASSAGE, size, overlap)
            assert read_together(PASSAGE, chunks) == PASSAGE
    with pytest.raises(ValueError):
        by_sentences(text, 1, 1)


def test_chunks_of_characters_leave_out_what_has_no_letter() -> None:
    text = "ab cd。。。。ef"
    assert [one.of(text) for one in by_characters(text, 3)] == ["ab", "cd。", "ef"]


def test_ranges_are_put_together_in_order_with_the_passages_own_space() -> None:
    first, second, third = sentence_ranges(PASSAGE)
    assert read_together(PASSAGE, [second, first]) == "Ann keeps 3 cats. Bob has a dog."
    assert read_together(PASSAGE, [third, first]) == "Ann keeps 3 cats. It rains."
    assert read_together(PASSAGE, without([Range(0, len(PASSAGE))], second)) == "Ann keeps 3 cats. It rains."
    assert without([first], first) == [] and without([first], third) == [first]
    assert read_together("甲。 乙。丙。", [Range(0, 2), Range(5, 7)]) == "甲。丙。"
    assert read_together(PASSAGE, []) == ""


# ---- retrieval


def test_ranks_and_their_fusion_by_hand() -> None:
    assert retrieval.ranks([0.5, 2.0, 0.5, 1.0]) == [3, 1, 3, 2]
    assert retrieval.fuse([1, 2], [3, 2]) == [1 / 61 + 1 / 63, 2 / 62]
    # The card's numbers.
    assert [f"{value:.5f}" for value in retrieval.fuse([1, 2], [3, 2])] == ["0.03227", "0.03226"]


def test_bm25_of_one_word_by_hand() -> None:
    # "cats" is in one of three chunks; lengths 4, 4 and 2, so 10/3 on average.
    texts = [one.of(PASSAGE) for one in by_sentences(PASSAGE, 1, 0)]
    found = retrieval.bm25("cats", texts)
    assert found[1:] == [0, 0]
    assert found[0] == pytest.approx(math.log(1 + 2.5 / 1.5) / (1 + 1.5 * (0.25 + 0.75 * 4 / (10 / 3))))
    assert retrieval.matching_words("Do cats keep dogs, cats?", texts[0]) == ("cats",)


@pytest.mark.parametrize("language", Language)
def test_every_answerable_question_has_its_answer_in_a_sentence_of_its_passage(language: Language) -> None:
    pool = retrieval.set_sentences(language)
    for item in questions(language):
        assert not item.answers or any(retrieval.has_answer(text, item) and text in item.passage for _, text in pool), (
            item.id
        )


def test_recall_counts_the_best_sentence_with_the_answer(lm: LanguageModel) -> None:
    read = retrieval.set_retrieval(lm, Language.EN, Bench(OneModel(lm)))
    found = {(one.retriever, one.cutoff): one.share for one in retrieval.recalls(read)}
    assert {one.count for one in found.values()} == {40}
    for name in retrieval.RETRIEVERS:
        assert found[name, 1].right <= found[name, 3].right
    # By brute force for BM25.
    texts = [text for _, text in retrieval.set_sentences(Language.EN)]
    hits = 0
    for item in questions(Language.EN):
        if item.answers:
            scores = retrieval.bm25(item.question, texts)
            top = [text for text, value in zip(texts, scores, strict=True) if value == max(scores)]
            hits += any(text in item.passage and retrieval.has_answer(text, item) for text in top)
    assert found["bm25", 1].right == hits
    # Ranks by words need no model, so those recorded must be these.
    assert tuple(record.read()["retrieval"]["en"]["best"]["bm25"]) == read.best["bm25"]


# ---- answers


def test_answers_in_a_batch_are_those_of_single_calls(lm: LanguageModel) -> None:
    frame = Frame(Language.EN, OPEN)
    jobs = [(QUESTION, PASSAGE), ("Who?", "Ann."), (QUESTION, "")]
    for job, given in zip(jobs, answer(lm, frame, jobs), strict=True):
        ids = [*lm.encode(frame.before()), *lm.tokenizer.encode(frame.asked(*job), add_special_tokens=False)]
        *_, (alone,) = decode(lm, ids, (Decoding(),), max_tokens=10, stop=("\n",))
        written = lm.decode(alone.ids).split("\n")[0]
        assert written.strip().startswith(given.text)
        assert given.log_probability == pytest.approx(
            sum(step.log_probability for step in alone.steps[: given.tokens]), abs=1e-3
        )
        assert 0 <= given.confidence <= 1


@pytest.mark.parametrize(
    ("pieces", "text", "tokens"),
    [
        ((" C", "++", "."), "C++", 2), ((" C", "#", "."), "C#", 2), ((" ", "50", "%", " ."), "50%", 3), ((" by 50", "%."), "by 50%.", 2),
        (("《", "霸王别姬", "》", "。"), "《霸王别姬》", 3), ((" eight", " pounds", "."), "eight pounds", 2), ((" .", " ?"), "", 0), ((), "", 0),
    ],
)  # fmt: skip
def test_an_answer_keeps_its_signs_and_log_p_is_of_what_is_shown(
    lm: LanguageModel, monkeypatch: pytest.MonkeyPatch, pieces: tuple[str, ...], text: str, tokens: int
) -> None:
    logs = tuple(-0.1 * 2**place for place in range(len(pieces)))
    written = Greedy(tuple(range(len(pieces))), logs)
    monkeypatch.setattr(LanguageModel, "decode", lambda self, ids: "".join(pieces[token] for token in ids))
    monkeypatch.setattr(LanguageModel, "encode", lambda self, text, bos: [0])
    monkeypatch.setattr(answering, "prefix", lambda lm, frame: None)
    monkeypatch.setattr(answering, "continue_greedily", lambda *_, **__: iter([(0, written)]))
    (found,) = answer(lm, Frame(Language.EN, OPEN), [(QUESTION, PASSAGE)])
    assert found == Answer(text, sum(logs[:tokens]), tokens, cut=False)


@pytest.mark.model
def test_the_real_models_answers_keep_their_signs(real_lm: LanguageModel) -> None:
    english = [
        ("Which programming language does Lena use?", "Lena writes her programs in {}. She lives in Rome."),
        ("By how much did sales rise?", "The firm has 300 workers. Sales rose by {} in May."),
    ]
    for (question, passage), pair in zip(english, (("C++", "C#"), ("50%", "20%")), strict=True):
        found = answer(real_lm, Frame(Language.EN, OPEN), [(question, passage.format(one)) for one in pair])
        assert [one.text.removeprefix("by ") for one in found] == list(pair)
        assert not same_answer(*(one.text for one in found))
    (film,) = answer(
        real_lm, Frame(Language.ZH, OPEN), [("我们去看什么电影？", "我们明天一起去看《霸王别姬》。票已经买好了。")]
    )
    assert film.text == "《霸王别姬》"


def test_an_answer_of_the_most_tokens_is_cut(lm: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    written = Greedy((97,) * answering.MOST_TOKENS, (-0.1,) * answering.MOST_TOKENS)
    monkeypatch.setattr(answering, "continue_greedily", lambda *_, **__: iter([(0, written)]))
    (found,) = answer(lm, Frame(Language.EN, OPEN), [(QUESTION, PASSAGE)])
    assert found.cut and found.tokens == answering.MOST_TOKENS


@pytest.mark.parametrize(("last", "cut"), [("。", False), (".", False), ("，", True), (",", True), ("b", True)])
def test_an_answer_whose_last_token_is_its_full_stop_is_not_cut(
    lm: LanguageModel, monkeypatch: pytest.MonkeyPatch, last: str, cut: bool
) -> None:
    pieces = (*("a" for _ in range(answering.MOST_TOKENS - 1)), last)
    written = Greedy(tuple(range(len(pieces))), (-0.1,) * len(pieces))
    monkeypatch.setattr(LanguageModel, "decode", lambda self, ids: "".join(pieces[token] for token in ids))
    monkeypatch.setattr(LanguageModel, "encode", lambda self, text, bos: [0])
    monkeypatch.setattr(answering, "prefix", lambda lm, frame: None)
    monkeypatch.setattr(answering, "continue_greedily", lambda *_, **__: iter([(0, written)]))
    (found,) = answer(lm, Frame(Language.EN, OPEN), [(QUESTION, PASSAGE)])
    assert found.cut is cut and found.tokens == answering.MOST_TOKENS - (last != "b")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("C++", "C#", False), ("C++.", "C++", True), ("50%", "50", False), ("50%", "20%", False), ("3.5", "35", False), ("5:15", "515", False),
        ("A+", "A-", False), ("《霸王别姬》", "霸王别姬", True), ("“吉他”。", "吉他", True), ("Eight pounds.", "eight pounds", True), ("the barn", "a barn", True),
        ("", "", True), ("", "barn", False), ("“green.”", "green", True), ("‘green.’", "green", True), ("(green)", "green", True),
        ("Anna’s", "Anna's", True), ("‘Anna’s book’", "Anna's book", True), ("the boys’ house", "boys' house", True), ("Anna’s", "Annas", False),
        ("“U.S.”", "U.S.", True), ("Yahoo!", "Yahoo", False),
    ],
)  # fmt: skip
def test_answers_are_the_same_up_to_case_articles_quotes_and_end_marks(a: str, b: str, same: bool) -> None:
    assert same_answer(a, b) is same_answer(b, a) is same


def test_scores_of_an_answer_are_those_of_one_forward_pass(lm: LanguageModel) -> None:
    frame = Frame(Language.EN, OPEN, refusal=True)
    jobs = [(QUESTION, PASSAGE), ("Who?", "Ann.")]
    wanted = []
    for job in jobs:
        ids = [*lm.encode(frame.before()), *lm.tokenizer.encode(frame.asked(*job), add_special_tokens=False)]
        own = lm.tokenizer.encode(" three", add_special_tokens=False)
        logs = torch.log_softmax(lm.logits([*ids, *own]), -1)
        wanted.append(sum(float(logs[len(ids) + place - 1, token]) for place, token in enumerate(own)))
    assert score(lm, frame, jobs, "three") == pytest.approx(wanted, abs=1e-3)
    assert score_each(lm, frame, [*jobs, jobs[0]], ["three", "three", ""]) == pytest.approx([*wanted, 0.0], abs=1e-3)


def test_the_confidence_is_the_geometric_mean() -> None:
    assert Answer("a b", math.log(0.9) + math.log(0.4), 2).confidence == pytest.approx(math.sqrt(0.36))
    assert Answer("", 0.0, 0).confidence == 0


def test_a_refusal_is_told_by_the_words_of_the_example() -> None:
    for language in Language:
        shown = Frame(language, OPEN, refusal=True).before()
        assert FORMS[language].refusal in shown and FORMS[language].refusal not in Frame(language, OPEN).before()
    assert is_refusal("Not stated here", Language.EN) and is_refusal("资料没有提到价格", Language.ZH)
    assert not is_refusal("eight pounds", Language.EN)


# ---- support and contradiction


def test_the_matching_span_is_the_best_by_brute_force() -> None:
    text = "The owners used to be nurses and learned to bake from a neighbour."
    for said, wanted in (("nurses", "nurses"), ("to bake", "to bake"), ("bake from neighbours", "bake from")):
        span = matching_span(text, Range(0, len(text)), said)
        assert span is not None and span.range.of(text) == wanted
        words = text.rstrip(".").split()
        best = max(
            token_f1(answer_units(" ".join(words[a:b])), answer_units(said))
            for a in range(len(words))
            for b in range(a + 1, len(words) + 1)
            if answer_units(" ".join(words[a:b]))
        )
        assert span.f1 == pytest.approx(best)
    chinese = "前面有三只黑猫。"
    span = matching_span(chinese, Range(2, len(chinese)), "三只猫")
    assert span is not None and span.range.of(chinese) == "三只黑猫" and span.f1 == pytest.approx(6 / 7)
    assert matching_span(text, Range(0, len(text)), "zebra") is None


def test_support_is_what_single_scores_say() -> None:
    parts = sentence_ranges(PASSAGE)
    asked: list[str] = []

    def values(texts: list[str]) -> list[float]:
        asked.extend(texts)
        return [-1.0 if "3 cats" in text else -5.0 for text in texts]

    first, second, third = support(PASSAGE, parts, parts, "3 cats", values)
    assert (first.alone, second.alone, third.alone) == (-1.0, -5.0, -5.0)
    assert (first.fall, second.fall, third.fall) == (4.0, 0.0, 0.0)
    assert first.span is not None and first.span.range.of(PASSAGE) == "3 cats"
    assert PASSAGE in asked and "Bob has a dog. It rains." in asked


@pytest.mark.parametrize(
    ("question", "said", "other"),
    [
        ("多少钱？", "五元", "八元"),
        ("几点到？", "十点零五分", "十点零八分"),
        ("When?", "5:15", "8:48"),
        ("How many?", "five or six eggs", "eight or nine eggs"),
        ("How many?", "Ninety", "Forty"),
        ("谁修表？", "阿诚", "周宁"),
        ("什么颜色？", "墨绿色", "紫色"),
        ("What colour is it?", "green", "purple"),
        ("Why?", "it rained", "the power had failed"),
        ("陈奶奶放什么？", "一万朵花", "四万朵花"),
        ("陈奶奶放什么？", "蜂蜜", "一把雨伞"),
        ("Who lives in 北京?", "王晴", "一把雨伞"),
    ],
)
def test_what_is_put_in_the_answers_place(question: str, said: str, other: str) -> None:
    assert other_answer(question, said, "nothing of it") == other


def test_what_is_in_the_passage_already_isnt_put_in() -> None:
    assert other_answer("Who?", "Ann", "Ann met Rosa Lind.") == "Ivo Marsh"
    assert contradicted("Five pounds, five pounds.", "five pounds", r"\1 x") == r"\1 x, \1 x."


@pytest.mark.parametrize("language", Language)
def test_on_the_set_the_answer_is_gone_or_replaced(language: Language) -> None:
    for item in questions(language):
        if item.answers:
            assert item.answers[0] not in on_the_set.removed(item), item.id
            other = other_answer(item.question, item.answers[0], item.passage)
            assert other not in item.passage and other not in item.answers, item.id


# ---- the run


def test_a_run_fills_every_panel_and_goes_to_json_and_back(lm: LanguageModel, found: Findings) -> None:
    result = finish(lm, other="9 cats")
    assert all(getattr(result, item.name) is not None for item in panels_of(Result))
    assert result.findings == found
    assert read_json(Findings, json.loads(json.dumps(encode(found)))) == found
    assert found.kept == 2 and len(found.chunks) == 3 and found.set.count == 3
    assert set(found.readings) <= set(READINGS) and {KEPT, WHOLE, SHUT, REMOVED} <= set(found.readings)
    assert found.strongest is not None and found.strongest.alone == max(one.alone for one in found.support)


def test_more_chunks_than_there_are_keep_all(lm: LanguageModel) -> None:
    findings = finish(lm, kept=8).findings
    assert findings is not None and findings.kept == 3
    assert findings.same(WHOLE)


def test_a_closed_book_has_no_support(lm: LanguageModel) -> None:
    findings = finish(lm, book=CLOSED).findings
    assert findings is not None and findings.support == () and findings.main is findings.readings[SHUT]
    assert set(findings.readings) == {KEPT, WHOLE, SHUT}


def test_the_visitors_own_contradiction_is_put_in(lm: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "answer", lambda lm, frame, jobs: [Answer("3 CATS", -0.5, 2) for _ in jobs])
    result = finish(lm, other="nine cats", kept=8)
    assert result.findings is not None and result.findings.other == "nine cats"
    assert CONTRADICTED in result.findings.readings
    assert result.prompts is not None and "Ann keeps nine cats. Bob" in json.dumps(encode(result.prompts))


@pytest.mark.parametrize("passage", ["Ann", "好", "<b>3 cats</b> 😀 & more\r\nlines", "no full stop " * 300])
def test_short_odd_and_long_passages_work(lm: LanguageModel, passage: str) -> None:
    wide = wrap(tiny_llama(max_position_embeddings=8192))
    findings = finish(wide if len(passage) > 1000 else lm, passage=passage).findings
    assert findings is not None and findings.chunks


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("question", {"question": "？？😀"}),
        ("question", {"question": "  "}),
        ("passage", {"passage": "😀🎉。。"}),
        ("passage", {"passage": "x" * 4001}),
        ("passage", {"passage": "long words " * 360}),
        ("overlap", {"size": 2, "overlap": 2}),
        ("kept", {"kept": 0}),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(lm: LanguageModel, field: str, values: dict[str, object]) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, **values)
    assert caught.value.field == field
    for language in Language:
        assert caught.value.message.in_(language).strip()


def test_a_run_stops_between_forward_passes(lm: LanguageModel) -> None:
    cancelled = threading.Event()
    steps = run(validate(Settings, {"passage": PASSAGE}, "en"), Bench(OneModel(lm), cancelled=cancelled))
    next(steps)
    cancelled.set()
    with pytest.raises(Cancelled):
        next(steps)
