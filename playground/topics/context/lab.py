"""Topic 15: one question under two contexts and none; what in the context makes the answer, and what examples in it teach.

Knows nothing of how an answer is scored or a context cut up (see the modules beside it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from playground.evaluation.perplexity import divergence
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import Removable, cut
from playground.explanation.values import ValueFunction
from playground.generation.scoring import answer_log_probabilities
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.models.language_model import LanguageModel
from playground.topics.context import cases, few_shot, interview, panels
from playground.topics.context.answering import MOST_TOKENS, Answer, held_bytes, next_log_probabilities, write
from playground.topics.context.contributions import (
    Contributions,
    Numbers,
    answer_value,
    attention_to,
    by_sentence,
    by_unit,
    contributions,
    without_context,
)
from playground.topics.context.cost import cost
from playground.topics.context.few_shot import Accuracy, label_scores
from playground.topics.context.findings import Findings, Kept, Side, answers_of, pieces_of
from playground.topics.context.frames import Reader, frame, reader
from playground.topics.context.position import by_depth, distractors
from playground.topics.context.settings import Result, Settings

SIDES = ("a", "b")


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields distributions first, then the answers, what each piece of context did, where the fact was, and the examples."""
    lm = bench.lm()
    reading = reader(lm, frame(settings.question, settings.form))
    language = reading.frame.language
    contexts = {"a": settings.a.context, "b": settings.b.context}
    prompts = {"none": reading.prompt(None), **{side: reading.prompt(text) for side, text in contexts.items()}}
    _check(lm, prompts)
    logs = next_log_probabilities(lm, prompts)
    yield Result(distribution=panels.distribution(lm, {side: row.exp() for side, row in logs.items()}))

    written, about = _answers(reading, settings, prompts, bench)
    explained = {side: about.get(side) or about["typed"] for side in SIDES}
    value_of = {name: answer_value(reading, answer.ids) for name, answer in about.items()}
    answers = answers_of(written, explained, _scores(reading, contexts, about, value_of))
    kept = {
        side: Kept(len(reading.own(text)), held_bytes(reading, text), float(divergence(logs[side], logs["none"])))
        for side, text in contexts.items()
    }
    yield Result(
        answers=panels.answers_table(answers),
        figures=panels.figures(lm, kept["a"], kept["b"]),
        prompts=panels.prompts(settings, reading.frame),
    )

    values = {side: value_of.get(side) or value_of["typed"] for side in SIDES}
    read_from = {side: attention_to(reading, text) for side, text in contexts.items()}
    by_sentences = {side: by_sentence(text) for side, text in contexts.items()}
    whole = _taken_out(by_sentences, values, reading, read_from, bench, 0.2)
    sentences = {side: pieces_of(whole[side], settings.question, answers.explained[side]) for side in SIDES}
    yield Result(sentences=panels.ranking(sentences, answers, whole=True))
    units = {side: by_unit(text, settings.unit, whole[side], lm) for side, text in contexts.items()}
    found = _taken_out(units, values, reading, read_from, bench, 0.3)
    words = {side: pieces_of(found[side], settings.question, answers.explained[side]) for side in SIDES}
    yield Result(words=panels.left_out(lm, found, answers), ranking=panels.ranking(words, answers))

    bench.progress(0.5, Text(zh="把事实放到不同位置", en="moving the fact about"))
    depths = {}
    for side, answer in explained.items():
        fact = whole[side].parts.names[whole[side].heaviest]
        among = distractors(language, answer.text, settings.distractors, settings.orders, settings.seed)
        depths[side] = by_depth(fact, among, values[side], language)
    yield Result(
        position=panels.position(depths, answers, settings),
        tokenizers=panels.tokenizers(lm, settings.a.context),
    )

    right, random = (_curve(lm, settings, language, right=right, bench=bench) for right in (True, False))
    a, b = (
        Side(kept[side], sentences[side], words[side], len(cut(text, settings.unit, lm)), depths[side])
        for side, text in contexts.items()
    )
    classes = len({item.label for item in few_shot.items_of(settings.task, language)})
    yield Result(
        findings=Findings(answers, a, b, tuple(right), tuple(random), lm.hidden_size, lm.vocabulary),
        examples=panels.examples(right, random, classes, settings.draws),
    )


def _check(lm: LanguageModel, prompts: dict[str, list[int]]) -> None:
    """Raises PlaygroundError where the longest prompt, with an answer, doesn't fit the model's window."""
    for side in SIDES:
        if len(prompts[side]) + MOST_TOKENS > lm.context:
            raise PlaygroundError(
                Text(
                    zh="“{side} · 上下文”连同问题有 {n} 个词元，超过模型的窗口 {limit}，请删短。",
                    en="“{side} · Context” with the question has {n} tokens; the model's window holds {limit}. Please shorten it.",
                ).format(side=side.upper(), n=len(prompts[side]), limit=lm.context - MOST_TOKENS),
                f"{side}.context",
            )


def _answers(
    reading: Reader, settings: Settings, prompts: dict[str, list[int]], bench: Bench
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Generates each prompt's answer, and returns with them the answers to explain: each side's own, or the one that was typed."""
    written = {}
    for place, (side, prompt) in enumerate(prompts.items()):
        bench.progress(
            0.05 + 0.05 * place,
            Text(zh="生成第 {n} 个答案，共 3 个", en="generating answer {n} of 3").format(n=place + 1),
        )
        written[side] = write(reading.lm, prompt)
    typed = settings.answer.strip()
    if typed:
        return written, {"typed": Answer(tuple(reading.answer(typed)), typed)}
    return written, {side: written[side] for side in SIDES}


def _scores(
    reading: Reader,
    contexts: Mapping[str, str],
    answers: Mapping[str, Answer],
    values: Mapping[str, ValueFunction],
) -> dict[str, dict[str, float]]:
    """Computes log p of every answer under every prompt, in nats, by prompt and answer."""
    # Both contexts in one pass for each answer.
    found = {name: value(list(contexts.values())) for name, value in values.items()}
    under = {side: {name: float(row[place]) for name, row in found.items()} for place, side in enumerate(contexts)}
    return {"none": {name: without_context(reading, answer.ids) for name, answer in answers.items()}, **under}


def _taken_out(
    parts: Mapping[str, Removable],
    values: Mapping[str, ValueFunction],
    reading: Reader,
    read_from: Mapping[str, Numbers],
    bench: Bench,
    start: float,
) -> dict[str, Contributions]:
    """Leaves out each piece of both sides' contexts once."""
    found = {}
    for place, side in enumerate(SIDES):
        bench.progress(
            start + 0.1 * place,
            Text(zh="{side}：逐个去掉 {n} 个单元", en="{side}: taking out {n} pieces, one at a time").format(
                side=side.upper(), n=len(parts[side])
            ),
        )
        found[side] = contributions(parts[side], values[side], reading, read_from[side])
    return found


def _curve(lm: LanguageModel, settings: Settings, language: Language, *, right: bool, bench: Bench) -> list[Accuracy]:
    """Measures the curve of the task's examples and reports how far it is."""
    steps = settings.draws * len(few_shot.counts(settings.examples))

    def tell(done: int) -> None:
        bench.progress(
            (0.6 if right else 0.8) + 0.2 * done / steps,
            Text(zh="示例曲线：第 {n} 个提示，共 {all} 个", en="curve of examples: prompt {n} of {all}").format(
                n=done + (0 if right else steps), all=2 * steps - settings.draws
            ),
        )

    return few_shot.curve(
        lm, settings.task, language,
        right=right, most=settings.examples, draws=settings.draws, texts=settings.texts, seed=settings.seed, tell=tell,
    )  # fmt: skip


TOPIC = Topic(
    number=15,
    slug="context",
    title=Text(zh="上下文感知生成", en="Context"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    leads=("distribution", "answers", "words", "ranking"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("answers", "words", "examples"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    asides=cases.ASIDES,
    text_field="a.context",
    code=(answer_log_probabilities, leave_one_out, attention_to, by_depth, label_scores),
)
