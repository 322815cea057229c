"""The lab's numbers against independent ones: networkx, brute force and hand counts. ROUGE itself: tests/evaluation."""

from __future__ import annotations

import itertools
import json
import threading
from typing import Any

import networkx
import numpy as np
import pytest
import torch

from playground.data.sets import documents
from playground.evaluation.rouge import TOKENIZERS, rouge
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, say
from playground.lab.validation import validate
from playground.language.parts_of_speech import content_words
from playground.language.sentence_vectors import centred, sentence_vectors
from playground.language.sentences import sentences
from playground.models import variants
from playground.topics.summarization import fewshot, lab, on_the_set
from playground.topics.summarization.copying import CopiedExample, copied, copied_example, novel, taken_up
from playground.topics.summarization.document import NAMES, read_document
from playground.topics.summarization.extractive import (
    best_subset,
    centroid_scores,
    highest,
    maximal_marginal_relevance,
    pagerank,
    shared_words,
    textrank,
)
from playground.topics.summarization.findings import Findings
from playground.topics.summarization.mentions import mentions, value_of
from playground.topics.summarization.reference import Reference, read_reference
from playground.topics.summarization.settings import DEFAULT_REFERENCE, DEFAULT_TEXT, Settings
from tests.conftest import byte_tokenizer, tiny_llama

LANGUAGES = list(Language)


@pytest.fixture(scope="module")
def store() -> variants.VariantStore:
    module = tiny_llama(max_position_embeddings=4096)
    return variants.VariantStore(lambda progress: variants.wrap("tiny", module, byte_tokenizer(), variants.Variant()))


def findings_of(store: variants.VariantStore, language: Language = Language.ZH, **values: Any) -> Findings:
    settings = validate(Settings, {"model.max_tokens": 8, "model.shots": 0} | values, language)
    *_, result = lab.run(settings, Bench(store, seconds=600))
    assert result.findings is not None
    return result.findings


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
    found = on_the_set.score_set(Language.EN, 2, 0.85, lambda: None)
    lead, textrank_means, bound = (found.means[method] for method in ("lead", "textrank", "bound"))
    by_hand = []
    for one in documents("en"):
        first = "".join(part.text for part in sentences(one.text)[:2])
        by_hand.append(rouge(TOKENIZERS["word"](first), TOKENIZERS["word"](one.summary)).one.f1)
    assert lead["one"].mean == pytest.approx(np.mean(by_hand))
    error = np.std(by_hand) / np.sqrt(len(by_hand))
    assert lead["one"].high - lead["one"].low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert all(bound[kind].mean > lead[kind].mean for kind in on_the_set.KINDS)
    assert found.documents == len(by_hand) and found.sentences == 2
    assert 0 < found.wins and 0 < found.losses and found.wins + found.losses <= found.documents
    # More documents won than lost, or the other way round, goes with the means on this set.
    assert (found.wins > found.losses) == (textrank_means["one"].mean > lead["one"].mean)


# ---- copying, novelty, names


def test_fragments_are_those_of_the_definition() -> None:
    source, summary = "a b c d e f a b d".split(), "b c d x a b d e y".split()
    found = copied(source, summary)
    assert [(one.start, one.length) for one in found.fragments] == [(0, 3), (4, 3), (7, 1)]
    assert found.coverage == 7 / 9
    assert found.density == (9 + 9 + 1) / 9
    assert found.longest == 3


def test_an_example_counts_as_copied_only_where_more_of_it_is_repeated_than_of_the_document() -> None:
    examples = [("short", "a b c d e f g"), ("long", "a b c d e f g h i")]
    assert copied_example("x y z", "a b c d e f g h", examples) == CopiedExample("long", 8)
    assert copied_example("a b c d e f g h", "a b c d e f g h", examples) is None
    assert copied_example("x y z", "a b c d e f g", examples) is None


def test_what_a_summary_takes_up_is_the_share_of_a_sentences_pairs() -> None:
    shares = taken_up(["a b c d e".split(), "x y".split()], "a b c q".split())
    assert shares == (2 / 4, 0)


def test_novel_ngrams_by_hand_and_none_across_sentences() -> None:
    source = "One two three. Four five six."
    assert novel(source, "One two. Five six.", 2) == 0
    assert novel(source, "One three two.", 2) == 1
    assert novel(source, "One two seven", 1) == pytest.approx(1 / 3)
    assert novel(source, "", 1) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("四万三千", "43,000"), ("百分之七", "7%"), ("一亿六千万", "160000000"), ("一九九四", "1994"), ("三点一五", "3.15"), ("4.3万", "43000.0"), ("4.3 million", "4,300,000"), ("两千零五", "2005")],
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


# Each line: a summary, its source, and what is found in the summary, "!" before what the source lacks.
SPELLINGS = [
    ("昨天，OpenAI 发布 GPT-4。", "昨天OpenAI发布了GPT-4模型，用户说ChatGPT更聪明了。", "OpenAI GPT-4"),
    ("昨天，OpenAI发布GPT-4。", "昨天OpenAI发布了GPT-4模型。", "OpenAI GPT-4"),
    ("百度Baidu与Google合作，我用Python。", "Google和百度(Baidu)合作", "Baidu Google !Python"),
    ("GPT4, Open AI and O’Brien sell the iPhone.", "He said GPT-4, OpenAI, O'Brien, and iPhone15.", "GPT4 Open_AI O’Brien iPhone"),
    ("GPT-4 and Chat differ.", "GPT-4o and ChatGPT differ.", "!GPT-4 !Chat"),
    ("涨了50％，共4.3万人，三点一五，8:30 开门。", "涨了50%，共四万三千人，3.15，8:30开门", "50％ 4.3万 三点一五 8:30"),
    ("Sales of 4.3 million, 3 dollars each.", "4,300,000 sold at $3.00", "4.3_million 3"),
    ("1. Ann paid.\n2. Bob paid 2 dollars.", "Ann paid. Bob paid.", "!2"),
]  # fmt: skip


@pytest.mark.parametrize(("summary", "source", "expected"), SPELLINGS)
def test_names_and_numbers_are_recognised_however_they_are_spelt(summary: str, source: str, expected: str) -> None:
    found = " ".join(("" if one.supported else "!") + one.text.replace(" ", "_") for one in mentions(summary, source))
    assert found == expected


# ---- the reference


def test_a_reference_applies_only_to_its_document() -> None:
    first, other = documents("zh")[:2]
    assert read_reference(first.text, first.summary) == Reference(first.summary, "own")
    assert read_reference(first.text, f" {other.summary}\n") == Reference("", "another", other.title)
    assert read_reference(DEFAULT_TEXT.en, first.summary).state == "another"
    assert read_reference(first.text, " \n") == Reference("", "none")
    # A few sentences changed or added: it is still the document's.
    parts = [one.text for one in sentences(first.text)]
    changed = "".join(parts[: len(parts) // 2 + 1]) + "天气很好。"
    assert read_reference(changed, first.summary).state == "own"
    assert read_reference("".join(parts[: len(parts) // 2 - 1]), first.summary).state == "another"
    # The visitor's own reference is used whatever it is, and one that shares no word is mentioned.
    assert read_reference(first.text, parts[0]).state == "own"
    assert read_reference(first.text, "The weather is fine.") == Reference("The weather is fine.", "apart")


def test_a_foreign_reference_is_not_scored_against_and_the_page_says_so(store: variants.VariantStore) -> None:
    settings = validate(
        Settings, {"model.max_tokens": 8, "model.shots": 0, "text": "天气很好。我们去划船。"}, Language.ZH
    )
    results = list(lab.run(settings, Bench(store, seconds=600)))
    found = results[-1].findings
    assert found is not None and found.reference.state == "another" and found.best == ()
    assert not any(one.rouge for one in found.summaries.values()) and "reference" not in found.summaries
    (table,) = [one.rouge for one in results if one.rouge is not None]
    assert table.rows == () and table.caveat is not None and "候鸟数错了" in table.caveat.zh


def test_half_width_chinese_and_lists_have_the_sentences_that_a_reader_sees() -> None:
    text = "今天天气很好!我们一家人去公园划船.孩子们玩得很开心?晚上回家吃了火锅."
    document = read_document(text, "一家人去公园划船。")
    assert len(document.sentences) == 4
    tokens = [document.tokens(one.text) for one in document.sentences]
    bound = best_subset(tokens, document.tokens(document.reference), 1)
    assert bound.chosen == (1,)
    # 10 characters, 8 of them the reference's 8.
    assert rouge(tokens[1], document.tokens(document.reference)).one.f1 == pytest.approx(16 / 18)
    items = read_document("1. Apples are rich in fibre.\n2. Bananas have potassium.\n3. Grapes.", "")
    assert [one.text.strip()[:4] for one in items.sentences] == ["1. A", "2. B", "3. G"]
    assert mentions("1. Apples are rich in fibre.", items.text) == []


# ---- the lab


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_extract_adds_nothing(store: variants.VariantStore, language: Language) -> None:
    found = findings_of(store, language)
    for method in ("lead", "textrank", "centroid", "bound"):
        one = found.summaries[method]
        assert (one.novel_1, one.novel_2, one.novel_3, one.unsupported, one.coverage) == (0, 0, 0, 0, 1)


def test_findings_hold_what_the_functions_give(store: variants.VariantStore) -> None:
    found = findings_of(store, sentences=3)
    document = read_document(DEFAULT_TEXT.zh, DEFAULT_REFERENCE.zh)
    ranked = found.summaries["textrank"]
    scores, _ = textrank([set(content_words(part.text)) for part in document.sentences])
    assert ranked.scores == tuple(scores)
    assert list(ranked.chosen) == highest(list(scores), 3)
    assert ranked.text == "".join(found.sentences[place].strip() for place in sorted(ranked.chosen))
    for unit in ("character", "word", "ascii"):
        expected = rouge(TOKENIZERS[unit](ranked.text), TOKENIZERS[unit](document.reference))
        assert ranked.rouge[unit] == expected
    assert found.rouge_1("textrank") == ranked.rouge["character"].one.f1
    assert found.rouge_1("reference") is None
    lengths = [len(TOKENIZERS["character"](text)) for text in (ranked.text, DEFAULT_TEXT.zh)]
    assert ranked.compression == pytest.approx(lengths[0] / lengths[1])
    bound = found.rouge_1("bound")
    assert bound is not None and bound > 0
    assert found.bound is not None and found.bound.chosen == found.summaries["bound"].chosen
    assert set(found.summaries) == set(NAMES)
    assert list(found.states)[-2:] == ["another_summary", "reversed"]
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found


def test_two_runs_give_the_same_findings(store: variants.VariantStore) -> None:
    assert findings_of(store) == findings_of(store)


def test_without_a_reference_there_is_no_rouge(store: variants.VariantStore) -> None:
    found = findings_of(store, reference=" ")
    assert found.reference.state == "none"
    assert found.bound is None and found.best == () and not any(one.rouge for one in found.summaries.values())
    assert "bound" not in found.summaries and "reference" not in found.summaries and "reference" not in found.states
    assert "bound" not in found.states and found.rouge_1("lead") is None


def test_mean_pooled_states_by_hand(store: variants.VariantStore) -> None:
    found = findings_of(store)
    lm = store.base()
    whole, lead = (lm.hidden_states(lm.encode(text))[-1][1:].mean(0) for text in (DEFAULT_TEXT.zh.strip(), found.summaries["lead"].text))  # fmt: skip
    assert found.states["lead"].mean_pooled == pytest.approx(
        float(torch.cosine_similarity(whole, lead, dim=0)), abs=1e-5
    )


def test_methods_come_one_after_the_other(store: variants.VariantStore) -> None:
    settings = validate(Settings, {"model.max_tokens": 8}, Language.ZH)
    seen: list[tuple[str, ...]] = []
    for result in lab.run(settings, Bench(store)):
        if result.summaries is not None:
            names = tuple(say(one.name, "en") for one in result.summaries.passages)
            if not seen or seen[-1] != names:
                seen.append(names)
    model = say(NAMES["model"], "en")
    assert seen[0] == (say(NAMES["lead"], "en"), "reference")
    assert next(place for place, names in enumerate(seen) if model in names) < next(
        place for place, names in enumerate(seen) if say(NAMES["bound"], "en") in names
    )


@pytest.mark.parametrize("source", ["document", "example", "own"])
def test_what_is_copied_is_found_with_its_source(source: str) -> None:
    document = read_document(DEFAULT_TEXT.zh, "")
    examples = [(one.title, one.summary) for one in fewshot.shots(Language.ZH, document.text, 2)]
    title, example = examples[1]
    text = {"document": document.sentences[1].text, "example": example, "own": "天鹅的数量没有变。"}[source]
    found = copied_example(document.text, text, examples)
    assert found == (CopiedExample(title, len(TOKENIZERS["word"](text))) if source == "example" else None)
    shares = taken_up([document.tokens(one.text) for one in document.sentences], document.tokens(text))
    assert len(shares) == len(document.sentences)
    assert (max(range(len(shares)), key=shares.__getitem__) == 1 and shares[1] == 1) or source != "document"


def test_the_visitors_document_is_never_its_own_example() -> None:
    for language in LANGUAGES:
        for name in fewshot.EXAMPLES[language]:
            one = next(each for each in documents(language) if each.id == name)
            assert all(shot.id != name for shot in fewshot.shots(language, f"{one.text} 补充。", 3))
            assert len(fewshot.shots(language, one.text, 3)) == 3


@pytest.mark.parametrize("text", ["😀🎉", "。。，！？…—", "!?"])
def test_a_text_without_words_names_its_field(store: variants.VariantStore, text: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        findings_of(store, text=text)
    assert caught.value.field == "text"


def test_too_many_sentences_name_their_field(store: variants.VariantStore) -> None:
    with pytest.raises(PlaygroundError) as caught:
        findings_of(store, text="好。" * 300)
    assert caught.value.field == "text" and "200" in caught.value.message.zh


def test_one_sentence_is_its_own_summary(store: variants.VariantStore) -> None:
    found = findings_of(store, text="只有一句话，没有句号", reference="一句话")
    assert found.summaries["lead"].chosen == found.summaries["textrank"].chosen == (0,)
    assert {"lead", "textrank", "centroid"} <= set(found.best)


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
