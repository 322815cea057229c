"""Topic 15: one question under two contexts and none; what in the context makes the answer, and what examples in it teach."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

import torch
from torch import nn

from playground.data import sets
from playground.evaluation.perplexity import divergence
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import Removable
from playground.explanation.values import ValueFunction
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.panels import Panel, SideBySide, Table
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.models.language_model import LanguageModel
from playground.topics.context import few_shot, showing, talk, words
from playground.topics.context.answering import MOST_TOKENS, Answer, held_bytes, next_log_probabilities, scores, write
from playground.topics.context.contributions import (
    Contributions,
    answer_value,
    attention_to,
    by_sentence,
    by_unit,
    contributions,
)
from playground.topics.context.few_shot import Accuracy, label_scores
from playground.topics.context.frames import Reader, frame, reader
from playground.topics.context.position import by_depth, distractors
from playground.topics.context.scoring import answer_log_probabilities
from playground.topics.context.settings import Result, Settings

SIDES = ("a", "b")
ROUNDING = Text(
    zh="模型以 bfloat16 计算：约 0.1 奈特以下的差只是舍入。",
    en="The model computes in bfloat16: differences below about 0.1 nats are rounding.",
)


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Distributions first, then the answers, what each piece of context did, where the fact stood, and the examples."""
    lm = bench.lm()
    reading = reader(lm, frame(settings.question, settings.form))
    language = reading.frame.language
    contexts = {"a": settings.a.context, "b": settings.b.context}
    prompts = {"none": reading.prompt(None), **{side: reading.prompt(text) for side, text in contexts.items()}}
    _check(lm, prompts)
    logs = next_log_probabilities(lm, prompts)
    result = Result(distribution=showing.distribution(lm, {side: row.exp() for side, row in logs.items()}))
    yield result

    written, about = _answers(reading, settings, prompts, bench)
    answers = {side: about.get(side) or about["typed"] for side in SIDES}
    result = replace(
        result,
        answers=showing.answers_table(written, about, scores(lm, prompts, about)),
        figures=showing.figures(
            lm,
            [len(reading.own(text)) for text in contexts.values()],
            [held_bytes(reading, text) for text in contexts.values()],
            [float(divergence(logs[side], logs["none"])) for side in SIDES],
        ),
        prompts=_prompts(settings, reading),
    )
    yield result

    values = {side: answer_value(reading, answer.ids) for side, answer in answers.items()}
    whole = _taken_out({side: by_sentence(text) for side, text in contexts.items()}, values, reading, bench, 0.2)
    result = replace(
        result,
        sentences=_beside(
            lambda side: showing.ranking(whole[side], settings.question, answers[side], whole=True), answers
        ),
    )
    yield result
    units = {side: by_unit(text, settings.unit, whole[side], lm) for side, text in contexts.items()}
    found = _taken_out(units, values, reading, bench, 0.3)
    caveat = ROUNDING if lm.module.dtype == torch.bfloat16 else None
    result = replace(
        result,
        words=_beside(lambda side: showing.left_out(found[side], answers[side], caveat), answers),
        ranking=_beside(lambda side: showing.ranking(found[side], settings.question, answers[side]), answers),
    )
    yield result

    bench.progress(0.5, Text(zh="把事实放到不同位置", en="moving the fact about"))
    depths = {}
    for side, answer in answers.items():
        fact = whole[side].parts.names[whole[side].heaviest]
        among = distractors(language, answer.text, settings.distractors, settings.orders, settings.seed)
        depths[side] = by_depth(fact, among, values[side], language)
    result = replace(
        result,
        position=showing.position(depths, answers, settings.distractors, settings.orders),
        tokenizers=showing.tokenizers_table(lm, settings.a.context),
    )
    yield result

    right, shuffled = (learned(lm, settings, language, right=right, bench=bench) for right in (True, False))
    classes = len({item.label for item in _items(settings, language)})
    yield replace(result, examples=showing.examples(right, shuffled, classes, settings.draws))


def _check(lm: LanguageModel, prompts: dict[str, list[int]]) -> None:
    """The longest prompt, with an answer, must fit the model's window."""
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
    """What each prompt's answer is, and the answers to be explained: each side's own, or the one that was typed."""
    written = {}
    for place, (side, prompt) in enumerate(prompts.items()):
        bench.progress(
            0.05 + 0.05 * place, Text(zh="写第 {n} 个答案，共 3 个", en="writing answer {n} of 3").format(n=place + 1)
        )
        written[side] = write(reading.lm, prompt)
    typed = settings.answer.strip()
    if typed:
        return written, {"typed": Answer(tuple(reading.answer(typed)), typed)}
    return written, {side: written[side] for side in SIDES}


def _taken_out(
    parts: Mapping[str, Removable], values: Mapping[str, ValueFunction], reading: Reader, bench: Bench, start: float
) -> dict[str, Contributions]:
    """Both sides' contexts in pieces, each left out once."""
    found = {}
    for place, side in enumerate(SIDES):
        bench.progress(
            start + 0.1 * place,
            Text(zh="{side}：逐个去掉 {n} 个单元", en="{side}: taking out {n} pieces, one at a time").format(
                side=side.upper(), n=len(parts[side])
            ),
        )
        found[side] = contributions(parts[side], values[side], reading)
    return found


P = TypeVar("P", bound=Panel)


def _beside(make: Callable[[str], P], answers: Mapping[str, Answer]) -> SideBySide[P]:
    """A panel made for each side, under the answer that it is about."""
    labels = [Text(zh="答案“{answer}”", en="answer “{answer}”").format(answer=answers[side].text) for side in SIDES]
    return SideBySide(make("a"), make("b"), *labels)


# ---- examples in context

# Keyed by the weights themselves: an entry goes when the variant does. Nothing in it depends on a visitor's text, and equal
# settings give equal numbers, so a second run shows what the first one measured.
_learned: weakref.WeakKeyDictionary[nn.Module, dict[tuple[object, ...], list[Accuracy]]] = weakref.WeakKeyDictionary()


def learned(lm: LanguageModel, settings: Settings, language: Language, *, right: bool, bench: Bench) -> list[Accuracy]:
    """The curve of a task, with its labels or random ones; measured once for each setting of it."""
    key = (settings.task, language, right, settings.examples, settings.draws, settings.seed)
    known = _learned.setdefault(lm.module, {})
    if key not in known:
        without = None if right else learned(lm, settings, language, right=True, bench=bench)[0]
        steps = settings.draws * len(few_shot.counts(settings.examples))

        def tell(done: int) -> None:
            bench.progress(
                (0.6 if right else 0.8) + 0.2 * done / steps,
                Text(zh="示例曲线：第 {n} 个提示，共 {all} 个", en="curve of examples: prompt {n} of {all}").format(
                    n=done + (0 if right else steps), all=2 * steps - settings.draws
                ),
            )

        known[key] = few_shot.accuracies(
            lm, _items(settings, language), language,
            right=right, draws=settings.draws, seed=settings.seed, most=settings.examples, without=without, tell=tell,
        )  # fmt: skip
    return known[key]


def _items(settings: Settings, language: Language) -> list[sets.Example]:
    return [item for item in sets.examples(language) if item.task == settings.task]


def _prompts(settings: Settings, reading: Reader) -> Table:
    language = reading.frame.language
    shown, asked = few_shot.drawn(_items(settings, language), settings.seed, 0)
    two = few_shot.Prompt(shown[:2], tuple(item.label for item in shown[:2]))
    return showing.prompts_table(
        {
            showing.NONE: reading.frame.text(None),
            "A": reading.frame.text(settings.a.context),
            "B": reading.frame.text(settings.b.context),
            Text(zh="两个示例", en="two examples"): two.text(asked[0], language),
        }
    )


TOPIC = Topic(
    number=15,
    slug="context",
    title=Text(zh="上下文感知生成", en="Context"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    run=run,
    prediction=talk.PREDICTION,
    failures=words.FAILURES,
    examples=words.EXAMPLES,
    followups=talk.follow_ups,
    text_field="a.context",
    code=(answer_log_probabilities, leave_one_out, attention_to, by_depth, label_scores),
)
