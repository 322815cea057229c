"""Topic 24: a question to a passage. What is retrieved, what is answered from it, what supports the answer, when not to answer.

Knows nothing of how chunks are ranked or answers scored (see the modules beside it).
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.evaluation.answers import score_answer
from playground.evaluation.selective import area_under_risk_coverage, risk_coverage
from playground.generation.greedy import continue_greedily
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.language.lexical import Collection
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.models.language_model import LanguageModel
from playground.topics.question_answering import cases, interview, panels, retrieval
from playground.topics.question_answering.answering import Answer, answer, is_refusal, score
from playground.topics.question_answering.chunking import (
    Range,
    by_characters,
    by_sentences,
    read_together,
    sentence_ranges,
    without,
)
from playground.topics.question_answering.contradiction import contradicted, other_answer
from playground.topics.question_answering.cost import cost
from playground.topics.question_answering.findings import (
    CONTRADICTED,
    KEPT,
    REMOVED,
    SHUT,
    WHOLE,
    Chunk,
    Findings,
    Reading,
)
from playground.topics.question_answering.on_the_set import asked as answer_set
from playground.topics.question_answering.on_the_set import recorded
from playground.topics.question_answering.prompts import CLOSED, OPEN, Frame
from playground.topics.question_answering.set_scores import score_set
from playground.topics.question_answering.settings import Result, Settings
from playground.topics.question_answering.support import Sentence, chosen_sentences, support

# A span that matches an answer at least this well is taken for it where the answer isn't copied letter by letter.
LEAST_MATCH = 0.5


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Ranks by words at once, then by vectors, then answers, looks for the support, and asks the question set."""
    question, passage = settings.question.strip(), settings.passage.strip()
    _check(settings)
    ranges = _cut(settings, passage)
    texts = [one.of(passage) for one in ranges]
    by_words = retrieval.bm25(question, texts)
    yield Result(ranking=panels.ranking(_chunks(settings, question, texts, by_words, None)))

    lm = bench.lm()
    language = main_language(question)
    _check_room(lm, passage)
    by_vectors = retrieval.cosines(lm, question, texts, bench)
    chunks = _chunks(settings, question, texts, by_words, by_vectors)
    kept = [one for one, chunk in zip(ranges, chunks, strict=True) if chunk.kept]
    yield Result(ranking=panels.ranking(chunks), passage=panels.passage(passage, kept, (), None))

    bench.progress(0.3, Text(zh="回答问题", en="answering"))
    reader = _Reader(lm, language, settings.refusal, question, settings.book)
    readings = reader.read({KEPT: read_together(passage, kept), WHOLE: passage, SHUT: ""})
    main = readings[SHUT if settings.book == CLOSED else KEPT]
    yield Result(answers=panels.answers(readings, settings.book, settings.threshold, ""))

    found: tuple[Sentence, ...] = ()
    other = ""
    if settings.book == OPEN and main.answer.text:
        bench.progress(0.4, Text(zh="逐句找依据", en="looking for the support, sentence by sentence"))
        found = tuple(
            support(
                passage, kept, chosen_sentences(passage, _inside(passage, kept), question, main.answer.text),
                main.answer.text, reader.score,
            )
        )  # fmt: skip
        more, other = _interventions(settings, passage, kept, found, main.answer.text)
        readings |= reader.read(more)
    strongest = max(found, key=lambda one: one.alone, default=None)
    yield Result(
        answers=panels.answers(readings, settings.book, settings.threshold, other),
        passage=panels.passage(passage, kept, found, strongest),
        support=panels.support(passage, found),
        prompts=panels.prompts(reader.texts),
    )

    live = answer_set(
        lm, language, settings.refusal, settings.questions,
        lambda done: bench.progress(
            0.5 + 0.45 * done / settings.questions,
            Text(zh="回答问题集：{done} / {all}", en="answering the set: {done} of {all}").format(done=done, all=settings.questions),
        ),
    )  # fmt: skip
    known = recorded(lm, language, settings.refusal)
    bench.progress(0.95, Text(zh="计算区间", en="computing intervals"))
    findings = Findings(
        language=str(language),
        book=settings.book,
        threshold=settings.threshold,
        passage=passage,
        chunks=chunks,
        readings=readings,
        support=found,
        other=other,
        recalls=retrieval.recalls(retrieval.set_retrieval(lm, language, bench)),
        set=score_set(live, known, language, settings.book, settings.threshold, settings.seed),
    )
    yield Result(
        findings=findings,
        on_the_set=panels.on_the_set(findings.set),
        risk=panels.risk(findings),
        abstention=panels.abstention(findings),
        retrieval=panels.recall(findings.recalls),
        signals=panels.signals(findings.set),
        items=panels.items([*live, *known[len(live) :]]),
    )


class _Reader:
    """Asks one question of several texts, each text once, and remembers the prompts."""

    def __init__(self, lm: LanguageModel, language: Language, refusal: bool, question: str, book: str) -> None:
        self._lm, self._language, self._question, self._book = lm, language, question, book
        self._open, self._closed = Frame(language, OPEN, refusal), Frame(language, CLOSED)
        self._main = ""
        self._answers: dict[str, Answer] = {}
        self._scores: dict[str, float] = {}
        self.texts: dict[str, str] = {}

    def read(self, passages: dict[str, str]) -> dict[str, Reading]:
        """Answers under each reading, and scores this run's answer there; the first call is the one that gives it."""
        opened = {name: text for name, text in passages.items() if name != SHUT}
        new = [text for text in dict.fromkeys(opened.values()) if text not in self._answers]
        self._answers |= zip(new, answer(self._lm, self._open, [(self._question, text) for text in new]), strict=True)
        answers = {name: self._answers[text] for name, text in opened.items()}
        scores: dict[str, float] = {}
        if SHUT in passages:
            answers[SHUT] = answer(self._lm, self._closed, [(self._question, "")])[0]
        if KEPT in passages:
            main = answers[SHUT if self._book == CLOSED else KEPT]
            self._main = main.text
            if main.text and self._book == OPEN:
                self._scores[passages[KEPT]] = main.log_probability
        if self._main:
            scores = dict(zip(opened, self.score(list(opened.values())), strict=True))
            if SHUT in passages:
                scores[SHUT] = score(self._lm, self._closed, [(self._question, "")], self._main)[0]
        for name, text in passages.items():
            frame = self._closed if name == SHUT else self._open
            self.texts[name] = frame.before() + frame.asked(self._question, text)
        return {
            name: Reading(answers[name], is_refusal(answers[name].text, self._language), scores.get(name))
            for name in passages
        }

    def score(self, texts: list[str]) -> list[float]:
        """Scores this run's answer after each text, open book."""
        new = [text for text in dict.fromkeys(texts) if text not in self._scores]
        self._scores |= zip(new, score(self._lm, self._open, [(self._question, text) for text in new], self._main), strict=True)  # fmt: skip
        return [self._scores[text] for text in texts]


def _check(settings: Settings) -> None:
    for field, text in (("question", settings.question), ("passage", settings.passage)):
        if not any(part.is_content for part in segment(text, "word")):
            raise PlaygroundError(
                Text(
                    zh="“{name}”里没有字母、汉字或数字。请写一句话。",
                    en="“{name}” has no letter or digit: write a sentence.",
                ).format(name=_NAMES[field]),
                field,
            )
    if settings.cut == "sentences" and settings.overlap >= settings.size:
        raise PlaygroundError(
            Text(
                zh="“相邻块重叠句数”是 {overlap}，要少于“每块句数”（{size}）。请减小重叠，或加大每块句数。",
                en="“Sentences of overlap” is {overlap}; it must be less than “Sentences per chunk” ({size}). Lower the one or raise the other.",
            ).format(overlap=settings.overlap, size=settings.size),
            "overlap",
        )


_NAMES = {"question": Text(zh="问题", en="Question"), "passage": Text(zh="资料", en="Passage")}
# Worked examples, question and answer.
_FRAME_TOKENS = 400


def _check_room(lm: LanguageModel, passage: str) -> None:
    length = len(lm.encode(passage, bos=False))
    if length + _FRAME_TOKENS > lm.context:
        raise PlaygroundError(
            Text(
                zh="“资料”有 {length} 个词元，模型的上下文只有 {limit}。请缩短资料。",
                en="“Passage” has {length} tokens; the model's context is {limit}. Shorten the passage.",
            ).format(length=length, limit=lm.context),
            "passage",
        )


def _cut(settings: Settings, passage: str) -> list[Range]:
    if settings.cut == "characters":
        return by_characters(passage, settings.characters)
    return by_sentences(passage, settings.size, settings.overlap)


def _chunks(
    settings: Settings, question: str, texts: list[str], by_words: list[float], by_vectors: list[float] | None
) -> tuple[Chunk, ...]:
    """Ranks the chunks; by words alone while there are no vectors yet."""
    cosines = by_vectors or [0.0] * len(texts)
    word_ranks = retrieval.ranks(by_words)
    vector_ranks = retrieval.ranks(cosines) if by_vectors else word_ranks
    chosen = {
        "bm25": word_ranks,
        "vectors": vector_ranks,
        "both": retrieval.ranks(retrieval.fuse(word_ranks, vector_ranks)),
    }[settings.retriever]
    order = sorted(range(len(texts)), key=lambda at: (chosen[at], at))
    kept = set(order[: settings.kept])
    return tuple(
        Chunk(
            text, by_words[at], word_ranks[at], cosines[at], vector_ranks[at], chosen[at],
            retrieval.matching_words(question, text), at in kept,
        )
        for at, text in enumerate(texts)
    )  # fmt: skip


def _inside(passage: str, kept: list[Range]) -> list[Range]:
    """Returns the sentences of what was kept; a chunk cut by characters may have a part of one."""
    parts = []
    for one in sentence_ranges(passage):
        for other in kept:
            start, end = max(one.start, other.start), min(one.end, other.end)
            if start < end and any(map(str.isalnum, passage[start:end])):
                parts.append(Range(start, end))
    return sorted(set(parts))


def _interventions(
    settings: Settings, passage: str, kept: list[Range], found: tuple[Sentence, ...], said: str
) -> tuple[dict[str, str], str]:
    """Returns what was kept without its strongest sentence, and with another answer in it, and that answer."""
    texts: dict[str, str] = {}
    if not found:
        return texts, ""
    strongest = max(found, key=lambda one: one.alone)
    texts[REMOVED] = read_together(passage, without(kept, strongest.range))
    whole = read_together(passage, kept)
    if said.casefold() not in whole.casefold():
        if strongest.span is None or strongest.span.f1 < LEAST_MATCH:
            return texts, ""
        said = strongest.span.range.of(passage)
    other = settings.other.strip() or other_answer(settings.question, said, passage)
    texts[CONTRADICTED] = contradicted(whole, said, other)
    return texts, other


TOPIC = Topic(
    number=24,
    slug="question-answering",
    title=Text(zh="问答系统", en="Question answering"),
    group=Group.UNDERSTANDING,
    settings=Settings,
    result=Result,
    leads=("answers", "passage", "ranking", "on_the_set"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("answers", "support"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    text_field="passage",
    code=(
        support, Collection, retrieval.fuse, score_answer, risk_coverage, area_under_risk_coverage, continue_greedily,
    ),
)  # fmt: skip
