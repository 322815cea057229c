"""The lab against independent references: copied names, the visitor's labels, jieba's tags, and what is said of the findings."""

from __future__ import annotations

import dataclasses
import json
import threading
import time

import numpy as np
import pytest
import torch

from playground.data.sets import entities as labelled_sentences
from playground.data.spans import KINDS, Labelled, Span
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.language.parts_of_speech import tag_words
from playground.language.span_scores import Score, score
from playground.learning import entities
from playground.learning.entities import TAGS, EntityProbe, Reading
from playground.models.language_model import LanguageModel
from playground.topics.entities import labelled, prompted
from playground.topics.entities.findings import Findings
from playground.topics.entities.gold import gold_spans
from playground.topics.entities.lab import run
from playground.topics.entities.prompted import FORMS, Copying, ask, locate, occurrences
from playground.topics.entities.settings import DEFAULT_GOLD, DEFAULT_TEXT, DEFAULT_WEIGHT, Settings
from playground.topics.entities.tagged import tagged_spans
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel

MIXED = "王芳（Fang Wang）在北京的Acme Ltd.工作😀，𠜎先生不在。"


@pytest.fixture(scope="module")
def roomy_lm() -> LanguageModel:
    """A tiny model whose context holds the worked examples in bytes."""
    return wrap(tiny_llama(max_position_embeddings=4096))


# ---- names that are copied


@pytest.mark.parametrize("text", [MIXED, "Ann Lee of Acme Ltd. met O’Neil's “Bob”  in São Paulo.", "无", "none"])
@pytest.mark.parametrize("language", Language)
def test_whatever_is_generated_under_the_restriction_occurs_in_the_text(text: str, language: Language) -> None:
    """Any choice among the allowed tokens gives names that are parts of the text and border on its units."""
    form = FORMS[language]
    vocabulary = {bytes([value]): value for value in range(256)}
    vocabulary |= {
        piece.encode(): 300 + number for number, piece in enumerate(["北京", " Ann", "Lee", " Lee of", "；", "、"])
    }
    draw = np.random.default_rng(0)
    for _ in range(60):
        state = Copying(text, form, vocabulary)
        for _ in range(200):
            allowed = state.allowed()
            if not allowed:
                break
            written = allowed[sorted(allowed)[draw.integers(len(allowed))]]
            # Lists end soon enough: half of the time where they may.
            if b"\n" in allowed.values() and draw.random() < 0.5:
                written = b"\n"
            if state.take(written):
                break
        assert len(set(state.names)) == len(state.names) <= prompted.MOST_NAMES
        for name in state.names:
            assert name in text and occurrences(text, name)


def test_exactly_the_tokens_that_continue_the_text_are_allowed() -> None:
    """Against a brute force over the vocabulary: a token is allowed if what is written with it is the start of a name."""
    text, form = "北京大学在北京", FORMS[Language.ZH]
    pieces = ["北", "京", "北京", "大学", "学在", "京大", "上海", "在", "、", "\n", "无"]
    vocabulary = {piece.encode(): number for number, piece in enumerate(pieces)}
    for before in ("", "北", "北京", "京"):
        state = Copying(text, form, vocabulary)
        if before:
            state.take(before.encode())
        tails = [text[place:] for place in range(len(text)) if text[place:].startswith(before)]
        wanted = {piece for piece in pieces if any(tail.startswith(before + piece) for tail in tails)}
        wanted |= {"、", "\n"} if before else {"无"}
        assert {written.decode() for written in state.allowed().values()} == wanted, before


def test_both_ways_of_asking_in_one_batch_and_alone(roomy_lm: LanguageModel) -> None:
    together = ask(roomy_lm, [(MIXED, True), (MIXED, False), ("短", True)], Language.ZH, 1)
    alone = ask(roomy_lm, [(MIXED, True)], Language.ZH, 1)[0]
    assert together[0].written == alone.written
    assert alone.absent == () and all(name in MIXED for _, name in alone.names)
    assert alone.log_probability == pytest.approx(together[0].log_probability, abs=1e-2)
    assert alone.prompt.startswith(FORMS[Language.ZH].example(0)) and alone.prompt.endswith(MIXED + "\n")
    assert {name for _, name in together[2].names} <= {"短"}


def test_the_free_list_is_greedy_decoding(roomy_lm: LanguageModel) -> None:
    """Its first list against a plain loop of forward passes."""
    form, text = FORMS[Language.EN], "Ann lives in Rome."
    answer = ask(roomy_lm, [(text, False)], Language.EN, 0)[0]
    ids = roomy_lm.encode(form.opening(text) + form.ask["person"])
    start = len(ids)
    for _ in range(prompted.MOST_TOKENS):
        ids.append(int(roomy_lm.logits(ids)[-1].argmax()))
        if "\n" in roomy_lm.decode(ids[-1:]) or ids[-1] in roomy_lm.end_ids:
            break
    listed = roomy_lm.decode(ids[start:]).split("\n")[0].strip()
    names = dict.fromkeys(name.strip() for name in listed.split(";") if name.strip())
    assert [name for kind, name in answer.names if kind == "person"] == list(names)[: prompted.MOST_NAMES]


def test_every_occurrence_is_marked_and_the_longer_name_stays() -> None:
    text = "北京大学在北京，Ann likes Anna and Ann."
    found = locate(text, [("place", "北京"), ("organisation", "北京大学"), ("person", "Ann"), ("place", "Ann")])
    assert [(text[span.start : span.end], span.kind) for span in found] == [
        ("北京大学", "organisation"), ("北京", "place"), ("Ann", "person"), ("Ann", "person"),
    ]  # fmt: skip
    assert found[2].start == text.index("Ann") and found[3].start == text.rindex("Ann")
    assert occurrences(text, "上海") == [] == occurrences(text, "！")


# ---- the visitor's labels


@pytest.mark.parametrize("separator", ["\t", "，", ", ", "：", " | ", "  ", "="])
def test_labels_with_any_separator(separator: str) -> None:
    text = "Ann Lee met 王芳 and Ann Lee in Rome."
    lines = f"Ann Lee{separator}person\r\n\n王芳{separator}人名\nRome{separator}LOC\nRome{separator}place"
    assert gold_spans(text, lines.replace("\r\n", "\n")) == (
        Span(0, 7, "person"), Span(12, 14, "person"), Span(19, 26, "person"), Span(30, 34, "place"),
    )  # fmt: skip


@pytest.mark.parametrize("lines", ["Ann", "Ann\tanimal", "Ann\tperson\nBob\tperson", "Ann Lee\tperson\nLee\tplace", "Ann\tperson\nAnn\tplace"])  # fmt: skip
def test_labels_that_cannot_be_read_are_refused_with_the_line(lines: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        gold_spans("Ann Lee lives here.", lines)
    assert caught.value.field == "gold"
    assert lines.splitlines()[-1].split("\t")[0] in caught.value.message.zh


@pytest.mark.parametrize("header", ["", "entity,type\n", "实体,类型\n", '"Entity","Type"\n'])
def test_labels_as_csv_with_quotes_and_a_header(header: str) -> None:
    text = 'Lee, Ann met "Bob" Smith in Rome.'
    lines = header + '"Lee, Ann",person\n"""Bob"" Smith","person"\nRome,place'
    spans = gold_spans(text, lines)
    assert spans is not None
    assert [(text[span.start : span.end], span.kind) for span in spans] == [
        ("Lee, Ann", "person"), ('"Bob" Smith', "person"), ("Rome", "place"),
    ]  # fmt: skip
    # A header is one only as the first line.
    with pytest.raises(PlaygroundError):
        gold_spans(text, "Rome,place\nentity,type")


def test_labels_about_another_text_score_nothing() -> None:
    assert gold_spans("Ann lives here.", "") is None
    assert gold_spans("Ann lives here.", "Bob\tperson") is None


def test_the_default_labels_are_all_in_the_default_text() -> None:
    for language in Language:
        gold = gold_spans(DEFAULT_TEXT.in_(language), DEFAULT_GOLD.in_(language))
        assert gold is not None and len(gold) == len(DEFAULT_GOLD.in_(language).splitlines())


# ---- jieba, labelled sentences


def test_jiebas_names_are_its_tags() -> None:
    text = "李小龙在上海见了John。"
    tags = {(word.start, word.end): word.tag for word in tag_words(text)}
    found = tagged_spans(text)
    assert found and all(tags[span.start, span.end][:2] == {"person": "nr", "place": "ns", "organisation": "nt"}[span.kind] for span in found)  # fmt: skip
    assert tagged_spans("John met Mary in London.") == []


def test_errors_are_counted_with_an_example() -> None:
    items = [Labelled("王芳在北京。", (Span(0, 2, "person"), Span(3, 5, "place"))), Labelled("好。", ())]
    found = labelled.count_errors(items, [[Span(0, 1, "person"), Span(3, 5, "organisation")], [Span(0, 1, "place")]])
    assert {name: one.count for name, one in found.items()} == {"border": 1, "type": 1, "border and type": 0, "missed": 0, "invented": 1}  # fmt: skip
    assert found["border"].gold == "王芳 (person)" and found["border"].predicted == "王 (person)"
    assert found["invented"].example == "好。" and found["missed"].example == ""


def test_the_measured_file_is_of_the_sets() -> None:
    for name, methods in labelled.measured().items():
        for scores in (by_scheme["strict"]["all"] for by_scheme in methods.values()):
            if name != "peoples_daily":
                assert scores.texts == 64
                assert scores.gold == sum(len(item.spans) for item in labelled_sentences(name))
    data = json.loads(labelled.MEASURED.read_text(encoding="utf-8"))
    assert data["fingerprint"] == entities.load().model["fingerprint"]
    assert all(counts["copied"]["absent"] == 0 for counts in data["absent"].values())


def test_the_default_weight_is_the_one_chosen_on_validation() -> None:
    assert DEFAULT_WEIGHT == entities.load().transition_weight


# ---- a whole run


@pytest.fixture
def tiny_probe(roomy_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> EntityProbe:
    """A random probe of the tiny model, in the shipped one's place."""
    draw = torch.Generator().manual_seed(0)
    shipped = entities.load()
    probe = dataclasses.replace(
        shipped, reading=Reading(2, False, 1), weight=torch.randn(2 * roomy_lm.hidden_size, len(TAGS), generator=draw) / 8,
        bias=torch.zeros(len(TAGS)), model={"name": "tiny", "fingerprint": entities.fingerprint(roomy_lm)},
    )  # fmt: skip
    monkeypatch.setattr(entities, "load", lambda: probe)
    monkeypatch.setattr(labelled, "load", lambda: probe)
    return probe


def findings_of(lm: LanguageModel, **values: object) -> Findings:
    found = [result.findings for result in run(Settings(**values), Bench(OneModel(lm))) if result.findings]  # type: ignore[arg-type]
    return found[-1]


def test_a_run_against_its_parts(roomy_lm: LanguageModel, tiny_probe: EntityProbe) -> None:
    text = "王芳在北京。"
    found = findings_of(roomy_lm, text=text, gold="王芳\t人名\n北京\t地名", examples=1, transition_weight=0.5)
    scores = tiny_probe.log_probabilities(roomy_lm, [text])[0]
    path = tiny_probe.path(scores, 0.5)
    assert [entity.span for entity in found.methods["viterbi"]] == [
        (span.start, span.end, span.kind) for span in entities.spans_of(path, entities.units(text))
    ]
    for entity in found.methods["viterbi"]:
        inside = range(entity.start, entity.end)
        chance = np.prod([np.exp(scores[place, TAGS.index(("B-" if place == entity.start else "I-") + entity.kind)]) for place in inside])  # fmt: skip
        assert entity.probability == pytest.approx(float(chance), rel=1e-5)
    argmax = scores.argmax(1)
    assert found.differing == sum(one != other for one, other in zip(path, argmax, strict=True))
    assert found.yours is not None and found.yours["jieba"]["strict"].gold == 2
    marked = {entity.span for entity in found.methods["viterbi"]}
    assert {entity.span for entity in found.yours_missed} == {(0, 2, "person"), (3, 5, "place")} - marked
    assert found.own["en"]["jieba"]["strict"]["all"].f1 == 0 and found.own["zh"]["viterbi"]["strict"]["all"].texts == 64
    assert sum(score.gold for score in (found.own["zh"]["viterbi"]["strict"][kind] for kind in KINDS)) == sum(len(item.spans) for item in labelled_sentences("zh"))  # fmt: skip
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found


@pytest.mark.parametrize("text", ["A", "好", "王芳\r\n在 北京", "😀 ok", MIXED])
def test_odd_texts_run(text: str, roomy_lm: LanguageModel, tiny_probe: EntityProbe) -> None:
    assert findings_of(roomy_lm, text=text, gold="", examples=0).yours is None


@pytest.mark.parametrize("text", ["。。。", "😀😀", "—— …"])
def test_symbols_alone_are_refused(text: str, roomy_lm: LanguageModel) -> None:
    with pytest.raises(PlaygroundError) as caught:
        findings_of(roomy_lm, text=text)
    assert caught.value.field == "text"


def test_scoring_can_be_stopped_at_any_time(
    roomy_lm: LanguageModel, tiny_probe: EntityProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings_of(roomy_lm, text="王芳", gold="", examples=0)
    heard = []

    class Watched(Bench):
        def checkpoint(self) -> None:
            super().checkpoint()
            heard.append(time.thread_time())

    text = "王芳在北京。" * 60
    list(run(Settings(text=text, gold="王芳\t人名"), Watched(OneModel(roomy_lm))))
    assert max(np.diff(heard)) < 0.7
    # One before each of the 96 scores that resample the project's sentences.
    stop, scored = threading.Event(), []

    def counted(*arguments: object, **options: object) -> Score:
        scored.append(1)
        stop.set()
        return score(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(labelled, "score", counted)
    with pytest.raises(Cancelled):
        list(run(Settings(text="王芳", gold=""), Bench(OneModel(roomy_lm), cancelled=stop)))
    assert len(scored) == 1


def test_lists_end_at_a_limit_and_are_counted(roomy_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(roomy_lm, [("A", True)], Language.EN, 0)[0].limited == 0
    monkeypatch.setattr(prompted, "MOST_TOKENS", 1)
    (answer,) = ask(roomy_lm, [("abc def", False)], Language.EN, 0)
    assert answer.limited == 3 and len(answer.written.splitlines()) == 3


def test_sixty_four_sentences_give_about_eight_points() -> None:
    for methods in (labelled.measured()["zh"], labelled.measured()["en"]):
        for name in ("free", "copied"):
            score = methods[name]["strict"]["all"]
            assert score.texts == 64
            assert 0.075 < (score.high - score.low) / 2 < 0.09


def test_no_sentence_was_read_twice() -> None:
    assert not any(row["twice"] for row in entities.load().report["comparison"]["rows"])
