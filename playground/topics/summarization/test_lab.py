"""The lab's numbers against independent ones: networkx, brute force and hand counts. ROUGE itself: tests/evaluation."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import networkx
import numpy as np
import pytest

from playground.data.sets import documents
from playground.evaluation.rouge import TOKENIZERS, rouge
from playground.lab.bench import Bench
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, say
from playground.lab.token_panels import Tokens
from playground.lab.validation import validate
from playground.language.parts_of_speech import content_words
from playground.language.sentence_vectors import centred, sentence_vectors
from playground.language.sentences import sentences
from playground.models import variants
from playground.topics.summarization import fewshot, lab, on_the_set, talk, words
from playground.topics.summarization.copying import copied, novel
from playground.topics.summarization.extractive import (
    best_subset,
    centroid_scores,
    highest,
    maximal_marginal_relevance,
    pagerank,
    shared_words,
    textrank,
)
from playground.topics.summarization.mentions import mentions, value_of
from playground.topics.summarization.settings import Result, Settings
from playground.topics.summarization.summaries import NAMES, Summary, passage
from tests.conftest import byte_tokenizer, tiny_llama

LANGUAGES = list(Language)


@pytest.fixture(scope="module")
def store() -> variants.VariantStore:
    module = tiny_llama(max_position_embeddings=4096)
    return variants.VariantStore(lambda progress: variants.wrap("tiny", module, byte_tokenizer(), variants.Variant()))


def finish(store: variants.VariantStore, language: Language = Language.ZH, **values: Any) -> Result:
    settings = validate(Settings, {"model.max_tokens": 8, "model.shots": 0} | values, language)
    *_, result = lab.run(settings, Bench(store, seconds=600))
    return result


# ---- choosing sentences


@pytest.mark.parametrize("damping", [0.5, 0.85])
def test_textrank_is_networkx_pagerank(damping: float) -> None:
    for one in [*documents("zh")[:4], *documents("en")[:4]]:
        bags = [set(content_words(part.text)) for part in sentences(one.text)] + [{"unheard-of"}]
        scores, similarity = textrank(bags, damping)
        theirs = networkx.pagerank(networkx.from_numpy_array(similarity), alpha=damping, tol=1e-12, max_iter=1000)
        assert scores == pytest.approx([theirs[place] for place in range(len(bags))], abs=1e-9)
        assert scores.sum() == pytest.approx(1)


def test_similarity_by_the_papers_formula() -> None:
    bags = [{"a", "b", "c"}, {"b", "c", "d", "e"}, {"x"}, set()]
    expected = 2 / (np.log(3) + np.log(4))
    similarity = shared_words(bags)
    assert similarity[0, 1] == similarity[1, 0] == pytest.approx(expected)
    assert similarity.sum() == pytest.approx(2 * expected)


def test_equal_scores_go_to_the_earlier_sentence() -> None:
    assert highest([0.1, 0.2 + 1e-13, 0.2, 0.3], 3) == [3, 1, 2]
    assert list(pagerank(np.zeros((3, 3)))) == pytest.approx([1 / 3] * 3)


def test_mmr_step_by_step() -> None:
    random_vectors = np.random.default_rng(0).normal(size=(7, 5))
    vectors = random_vectors / np.linalg.norm(random_vectors, axis=1, keepdims=True)
    relevance = centroid_scores(vectors)
    assert relevance == pytest.approx([float(v @ vectors.sum(0)) / np.linalg.norm(vectors.sum(0)) for v in vectors])
    for novelty in (0.0, 0.4, 1.0):
        chosen = maximal_marginal_relevance(vectors, relevance, novelty, 4)
        for step, index in enumerate(chosen):
            values = {
                other: novelty * relevance[other]
                - (1 - novelty) * max((float(vectors[other] @ vectors[one]) for one in chosen[:step]), default=0.0)
                for other in range(7)
                if other not in chosen[:step]
            }
            assert values[index] == pytest.approx(max(values.values()))
    assert maximal_marginal_relevance(vectors, relevance, 1.0, 7) == highest(list(relevance), 7)


def test_the_bound_is_the_best_of_all_subsets() -> None:
    one = documents("zh")[6]
    parts = [TOKENIZERS["character"](part.text) for part in sentences(one.text)]
    reference = TOKENIZERS["character"](one.summary)

    def value(subset: tuple[int, ...]) -> float:
        return rouge([token for index in subset for token in parts[index]], reference).mean_f1

    subsets = [s for size in (1, 2, 3) for s in itertools.combinations(range(len(parts)), size)]
    bound = best_subset(parts, reference, 3)
    assert bound.exact and bound.tried == len(subsets)
    assert value(bound.chosen) == max(map(value, subsets))
    greedy = best_subset(parts, reference, 3, most_subsets=10)
    assert not greedy.exact and greedy.tried < len(subsets)
    assert value(greedy.chosen) >= max(value((index,)) for index in range(len(parts)))


def test_means_on_the_set_and_their_intervals() -> None:
    bars = on_the_set.bars(Language.EN, 2, 0.85, lambda: None)
    lead, _, bound = bars.series
    by_hand = []
    for one in documents("en"):
        first = "".join(part.text for part in sentences(one.text)[:2])
        by_hand.append(rouge(TOKENIZERS["word"](first), TOKENIZERS["word"](one.summary)).one.f1)
    assert lead.values[0] == pytest.approx(np.mean(by_hand))
    error = np.std(by_hand) / np.sqrt(len(by_hand))
    assert lead.high[0] - lead.low[0] == pytest.approx(2 * 1.96 * error, rel=0.1)  # type: ignore[operator]
    assert all(b > a for a, b in zip(lead.values, bound.values, strict=True))  # type: ignore[operator]


# ---- copying, novelty, names


def test_fragments_are_those_of_the_definition() -> None:
    source, summary = "a b c d e f a b d".split(), "b c d x a b d e y".split()
    found = copied(source, summary)
    assert [(one.start, one.length) for one in found.fragments] == [(0, 3), (4, 3), (7, 1)]
    assert found.coverage == 7 / 9
    assert found.density == (9 + 9 + 1) / 9
    assert found.longest == 3


def test_novel_ngrams_by_hand_and_none_across_sentences() -> None:
    source = "One two three. Four five six."
    assert novel(source, "One two. Five six.", 2) == 0
    assert novel(source, "One three two.", 2) == 1
    assert novel(source, "One two seven", 1) == pytest.approx(1 / 3)
    assert novel(source, "", 1) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("四万三千", "43,000"), ("百分之七", "7%"), ("一亿六千万", "160000000"), ("一九九四", "1994"), ("三点一五", "3.15"), ("两千零五", "2005")],
)  # fmt: skip
def test_numbers_are_compared_by_value(one: str, other: str) -> None:
    assert value_of(one) == value_of(other)


def test_invented_names_and_numbers_are_marked_and_others_are_not() -> None:
    source = "The mayor of Port Alder, Ruth Okafor, paid eleven dollars for 40 apples on Tuesday."
    text = (
        "Residents cheered. Ruth Okafor's city paid 11 dollars to John Smith of Kirkland for 41 apples. In Port Alder."
    )
    found = {one.text: one.supported for one in mentions(text, source)}
    assert found == {
        "Ruth Okafor": True, "11": True, "John Smith of Kirkland": False, "41": False, "Port Alder": True,
    }  # fmt: skip
    source = "白沙湖保护区工程师王建国在北京数出四千八百只天鹅。"
    found = {one.text: one.supported for one in mentions("李小明在上海数出4800只，王建国数出九千只。", source)}
    assert found == {"李小明": False, "上海": False, "4800": True, "王建国": True, "九千": False}


def test_a_passage_is_its_text_and_marks_what_is_wrong(store: variants.VariantStore) -> None:
    document = lab.read(validate(Settings, {}, Language.EN))
    text = "Port Alder will have a ferry to Gotham at 77."
    spans = passage(document, Summary("model", text)).spans
    assert "".join(span.text for span in spans) == text
    assert [span.text for span in spans if span.tone == "warn"] == ["Gotham", "77"]
    assert [span.text for span in spans if span.tone == "b"] == ["Port Alder will have a ferry"]


@pytest.mark.parametrize(
    ("scores", "strengths"), [((1.0, 3.0, 2.0), (0, 1, 0.5)), ((0.2, 0.2), (0.5, 0.5)), ((0.0, 0.0), (0, 0)), ((), ())]
)
def test_tints_go_from_the_lowest_score_to_the_highest(scores: tuple[float, ...], strengths: tuple[float, ...]) -> None:
    assert Summary("textrank", "", scores=scores).strengths == pytest.approx(strengths)


# ---- the lab


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_extract_adds_nothing(store: variants.VariantStore, language: Language) -> None:
    result = finish(store, language)
    assert result.figures is not None
    for method in ("lead", "textrank", "centroid", "bound"):
        row = words.row_of(result.figures, method)
        assert row is not None
        assert row[4:7] == (0, 0, 0) and row[-1] == 0


def test_the_tables_hold_what_the_functions_give(store: variants.VariantStore) -> None:
    result = finish(store, sentences=3)
    document = lab.read(validate(Settings, {}, Language.ZH))
    chosen = words.order_of(result, "textrank")
    scores, _ = textrank([set(content_words(part.text)) for part in document.sentences])
    assert chosen == highest(list(scores), 3)
    text = "".join(document.sentences[place].text.strip() for place in sorted(chosen))
    shown = next(one for one in result.summaries.passages if one.name == NAMES["textrank"])  # type: ignore[union-attr]
    assert "".join(span.text for span in shown.spans) == text
    for column, unit in ((1, "character"), (4, "word")):
        expected = rouge(TOKENIZERS[unit](text), TOKENIZERS[unit](document.reference))
        values = [words.f1_of(result, "textrank", column + place) for place in range(3)]
        assert values == pytest.approx([expected.one.f1, expected.two.f1, expected.longest.f1])
    bound = words.f1_of(result, "bound")
    assert bound is not None and bound > 0
    outcome = words.PREDICTION.outcome(result)
    assert outcome is not None and outcome.answer == (str(chosen[0] + 1) if chosen[0] < 5 else "later")


def test_without_a_reference_there_is_no_rouge(store: variants.VariantStore) -> None:
    result = finish(store, reference=" ")
    assert result.rouge is None and result.figures is not None and result.states is not None
    asked = talk.follow_ups(Settings(), result)
    assert len(asked) >= 3
    assert any("参考" in one.question.zh for one in asked)


def test_methods_come_one_after_the_other(store: variants.VariantStore) -> None:
    settings = validate(Settings, {"model.max_tokens": 8}, Language.ZH)
    seen: list[tuple[str, ...]] = []
    for result in lab.run(settings, Bench(store)):
        names = tuple(say(one.name, "en") for one in result.summaries.passages)  # type: ignore[union-attr]
        if not seen or seen[-1] != names:
            seen.append(names)
    model = say(NAMES["model"], "en")
    assert seen[0] == ("lead", "reference")
    assert next(place for place, names in enumerate(seen) if model in names) < next(
        place for place, names in enumerate(seen) if say(NAMES["bound"], "en") in names
    )


@pytest.mark.parametrize(("source", "expected"), [("document", "第 2 句"), ("example", "示例"), ("own", "")])
def test_what_is_copied_is_said_with_its_source(source: str, expected: str) -> None:
    document = lab.read(validate(Settings, {}, Language.ZH))
    examples = fewshot.shots(Language.ZH, document.text, 2)
    text = {"document": document.sentences[1].text, "example": examples[1].summary, "own": "天鹅的数量没有变。"}[source]
    summary = Summary("model", text, scores=lab.taken_up(document, text))
    caveat = lab.judged(Tokens("", ()), document, summary, examples).caveat
    assert (expected in caveat.zh) if caveat else not expected
    if source == "example":
        assert caveat is not None and examples[1].title in caveat.zh


def test_the_visitors_document_is_never_its_own_example() -> None:
    for language in LANGUAGES:
        for name in fewshot.EXAMPLES[language]:
            one = next(each for each in documents(language) if each.id == name)
            assert all(shot.id != name for shot in fewshot.shots(language, f"{one.text} 补充。", 3))
            assert len(fewshot.shots(language, one.text, 3)) == 3


@pytest.mark.parametrize("text", ["😀🎉", "。。，！？…—", "!?"])
def test_a_text_without_words_names_its_field(store: variants.VariantStore, text: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(store, text=text)
    assert caught.value.field == "text"


def test_too_many_sentences_name_their_field(store: variants.VariantStore) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(store, text="好。" * 300)
    assert caught.value.field == "text" and "200" in caught.value.message.zh


def test_one_sentence_is_its_own_summary(store: variants.VariantStore) -> None:
    result = finish(store, text="只有一句话，没有句号", reference="一句话")
    assert words.order_of(result, "lead") == words.order_of(result, "textrank") == [0]
    assert result.graph is not None and result.graph.caveat is not None


def test_it_stops_when_told(store: variants.VariantStore) -> None:
    stop = threading.Event()
    run = lab.run(validate(Settings, {}, Language.ZH), Bench(store, cancelled=stop))
    next(run)
    stop.set()
    with pytest.raises(Cancelled):
        list(run)


@pytest.mark.model
def test_sentence_vectors_tell_translations_apart(real_lm: Any) -> None:
    zh = ["今天下了很大的雨。", "这家餐馆的面条很好吃。", "股票市场昨天大跌。", "孩子们在公园里踢足球。"]
    en = ["It rained heavily today.", "The noodles here are delicious.", "Shares fell sharply yesterday.", "The children play football in the park."]  # fmt: skip
    raw = sentence_vectors(real_lm, [*zh, *en])
    a, b = centred(raw[:4], raw[:4].mean(0)), centred(raw[4:], raw[4:].mean(0))
    assert (a @ b.T).argmax(1).tolist() == [0, 1, 2, 3]
