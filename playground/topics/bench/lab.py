"""Topic 0, the bench: one text under two settings, and what they do to the output, the attention and the explanation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from playground.evaluation.comparison import compare, divergence_ribbon
from playground.explanation.agreement import rank_correlation
from playground.explanation.attention import attention_panel
from playground.explanation.attribution import attribution_panel
from playground.explanation.lime_text import ROUNDS, lime
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import Removable, cut
from playground.explanation.values import Target, class_target, next_token_target
from playground.generation.continuation import Continuation
from playground.generation.decode import decode
from playground.generation.panels import tokens_panel
from playground.lab.bench import Bench
from playground.lab.panels import Metrics, Panel, SideBySide, panel
from playground.lab.text import Text
from playground.lab.timing import Stopwatch
from playground.lab.token_panels import Attention, Attribution, Ribbon, Tokens
from playground.lab.topic import Example, Failure, Group, Topic
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.bench.figures import PERPLEXITY, Figures, strip
from playground.topics.bench.settings import Settings
from playground.topics.bench.talk import PREDICTION, followups

MOST_UNITS = 40


@dataclass(frozen=True)
class Result:
    """None: not computed yet."""

    figures: Metrics | None = panel(
        Text(zh="数字", en="Figures"),
        hint=Text(zh="蓝色 A，橙色 B；悬停看怎么量的", en="blue A, orange B; hover for how each was measured"),
    )
    outputs: SideBySide[Tokens] | None = panel(
        Text(zh="输出", en="Output"),
        hint=Text(
            zh="下划线越深，概率越高；⟂ 是与另一侧的首次分歧",
            en="the deeper the underline, the likelier; ⟂ marks where the sides part",
        ),
    )
    attention: SideBySide[Attention] | None = panel(
        Text(zh="注意力", en="Attention"),
        hint=Text(
            zh="读原文时每层每头的注意力，点开一格看连线",
            en="every layer and head while reading the text; open one to see its lines",
        ),
    )
    lime: SideBySide[Attribution] | None = panel(
        Text(zh="LIME", en="LIME"),
        hint=Text(
            zh="每个词把所解释的概率推高还是压低，误差条为 95% 区间",
            en="what each word adds to the explained probability; bars show 95% intervals",
        ),
    )
    divergence: Ribbon | None = panel(
        Text(zh="逐词元 KL(A‖B)", en="KL(A‖B) by token"),
        hint=Text(
            zh="两边读同一段原文，预测每个词元时相差多少",
            en="both read the same text: how far apart their predictions of each token are",
        ),
        fold=True,
    )


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Reads, continues and explains the text on both sides; a panel as soon as it is there."""
    bench.progress(0.0, Text(zh="准备 A、B 的权重", en="preparing the weights of A and B"))
    base = bench.lm()
    a = bench.lm(settings.a.weights, settings.text)
    b = bench.lm(settings.b.weights, settings.text)
    ids = base.encode(settings.text)
    reading = compare(base, a, b, ids) if len(ids) > 1 else None
    figures = Figures(reading, a.weight_bytes, b.weight_bytes, shared=a.module is b.module)
    result = Result(figures=strip(figures), divergence=divergence_ribbon(base, ids, reading) if reading else None)
    yield result

    for now in _write(settings, bench, a, b, ids):
        result = replace(result, outputs=_outputs(settings, a, b, now))
        yield result
        figures = replace(figures, a=now.a, b=now.b, a_seconds=now.a_seconds, b_seconds=now.b_seconds)
    result = replace(result, figures=strip(figures))
    yield result

    bench.progress(0.5, Text(zh="记录 {layers} 层 × {heads} 头的注意力", en="recording attention, {layers} layers × {heads} heads").format(
        layers=a.layers, heads=a.heads))  # fmt: skip
    of_a = attention_panel(a, settings.text)
    of_b = of_a if figures.shared else attention_panel(b, settings.text)
    # Both sides open the same head, or the eye would compare two different ones.
    of_b = replace(of_b, layer=of_a.layer, head=of_a.head)
    result = replace(result, attention=_beside(settings, of_a, of_b))
    yield result

    for explained in _explain(settings, bench, a, b):
        result = replace(result, lime=explained)
        yield result


@dataclass(frozen=True)
class Written:
    """Both continuations so far, with the seconds of each step after the prompt's."""

    a: Continuation
    b: Continuation
    a_seconds: tuple[float, ...] = ()
    b_seconds: tuple[float, ...] = ()


def _write(settings: Settings, bench: Bench, a: LanguageModel, b: LanguageModel, ids: list[int]) -> Iterator[Written]:
    """Equal weights go through the model as two rows of one batch; others one after the other."""
    now = Written(Continuation(tuple(ids)), Continuation(tuple(ids)))
    total = settings.max_tokens
    watch = Stopwatch()
    if a.module is b.module:
        # The same row twice would differ in its last digits: where a row stands in a batch changes the order of sums.
        rows = [settings.a] if settings.a == settings.b else [settings.a, settings.b]
        for step, found in enumerate(decode(a, ids, rows, max_tokens=total, seed=settings.seed)):
            seconds = (*now.a_seconds, watch.lap()) if step else ()
            now = Written(found[0], found[-1], seconds, seconds)
            bench.progress(0.1 + 0.4 * step / total, _writing("A、B", "A and B", step + 1, total))
            yield now
            watch.lap()
        return
    for (of_a,) in decode(a, ids, [settings.a], max_tokens=total, seed=settings.seed):
        now = replace(now, a=of_a, a_seconds=(*now.a_seconds, watch.lap()))
        bench.progress(0.1 + 0.2 * len(now.a_seconds) / total, _writing("A", "A", len(now.a_seconds), total))
        yield now
        watch.lap()
    for (of_b,) in decode(b, ids, [settings.b], max_tokens=total, seed=settings.seed):
        now = replace(now, b=of_b, b_seconds=(*now.b_seconds, watch.lap()))
        bench.progress(0.3 + 0.2 * len(now.b_seconds) / total, _writing("B", "B", len(now.b_seconds), total))
        yield now
        watch.lap()
    # The first step reads the whole prompt: it is no decoding step.
    yield replace(now, a_seconds=now.a_seconds[1:], b_seconds=now.b_seconds[1:])


def _writing(zh: str, en: str, step: int, total: int) -> Text:
    return Text(
        zh="{zh} 续写：第 {step} 个词元，最多 {total} 个", en="{en} writing: token {step} of at most {total}"
    ).format(zh=zh, en=en, step=step, total=total)


def _outputs(settings: Settings, a: LanguageModel, b: LanguageModel, now: Written) -> SideBySide[Tokens]:
    return _beside(settings, tokens_panel(a, now.a, now.b), tokens_panel(b, now.b, now.a))


P = TypeVar("P", bound=Panel)


def _beside(settings: Settings, a: P, b: P) -> SideBySide[P]:
    return SideBySide(a, b, settings.a.in_words, settings.b.in_words)


def _explain(settings: Settings, bench: Bench, a: LanguageModel, b: LanguageModel) -> Iterator[SideBySide[Attribution]]:
    """LIME on both sides with the same samples, round by round; equal weights are explained once."""
    parts = _first_units(cut(settings.text, settings.unit, a))
    targets = [_target(settings, lm) for lm in ((a,) if a.module is b.module else (a, b))]
    alone = [leave_one_out(parts, target.value) for target in targets]
    rounds = [lime(parts, target.value, samples=settings.samples, seed=settings.seed) for target in targets]
    panels: list[Attribution] = []
    # A side that has settled keeps its last weights while the other goes on.
    for number, found in enumerate(itertools.zip_longest(*rounds)):
        for side, weights in enumerate(found):
            if weights is not None:
                agreement = rank_correlation(weights.weights, alone[side].weights)
                now = attribution_panel(
                    "LIME", targets[side].label, parts, weights, agreement, Text(zh="留一法", en="leave-one-out")
                )
                panels[side : side + 1] = [now]
        bench.progress(
            0.6 + 0.4 * (number + 1) / ROUNDS,
            Text(
                zh="LIME：{samples} 个样本，其中 {distinct} 个不同", en="LIME: {samples} samples, {distinct} distinct"
            ).format(samples=panels[0].samples, distinct=panels[0].distinct),
        )
        yield _beside(settings, panels[0], panels[-1])


def _first_units(parts: Removable) -> Removable:
    """LIME needs at least twice as many samples as units, so a long text is explained by its first ones."""
    return replace(parts, names=parts.names[:MOST_UNITS], spans=parts.spans[:MOST_UNITS])


def _target(settings: Settings, lm: LanguageModel) -> Target:
    if settings.explain == "positive":
        return class_target(lm, sentiment.load(), "positive")
    likeliest = int(lm.next_logits([lm.encode(settings.text)])[0].argmax())
    return next_token_target(lm, likeliest)


def _loops(settings: Settings, result: Result) -> bool:
    """Whether A's text ends in something that it had written before."""
    assert result.outputs is not None
    text = "".join(token.text for token in result.outputs.a.tokens)
    return any(text.count(text[start : start + 6]) > 1 for start in range(len(text) - 5))


def _b_is_lost(settings: Settings, result: Result) -> bool:
    perplexity = result.figures.find(PERPLEXITY)
    return float(perplexity.b) > 10 * float(perplexity.a)  # type: ignore[arg-type]


TOPIC = Topic(
    number=0,
    slug="bench",
    title=Text(zh="工作台", en="Bench"),
    group=Group.BENCH,
    settings=Settings,
    result=Result,
    run=run,
    prediction=PREDICTION,
    failures=(
        Failure(
            Text(zh="贪心陷入循环", en="greedy loops"),
            {
                "text": Text(zh="人生最重要的事情是", en="The most important thing in life is"),
                "b.quantization": "none",
                "max_tokens": 48,
            },
            Text(
                zh="A 没有惩罚，会反复写同样的话；B 的重复惩罚把它拉了出来。",
                en="A has no penalty and says the same again and again; B's repetition penalty gets out of it.",
            ),
            _loops,
        ),
        Failure(
            Text(zh="剪掉一半神经元", en="half the neurons gone"),
            {"b.quantization": "none", "b.pruning": "structured", "b.sparsity": 0.5, "b.repetition_penalty": 1.0},
            Text(
                zh="B 的困惑度升高十倍以上，输出不成句子。",
                en="B's perplexity is more than ten times A's, and its output is no sentence.",
            ),
            _b_is_lost,
        ),
    ),
    examples=(
        Example(
            Text(zh="影评", en="Review"),
            {
                "text": Text(
                    zh="这部电影的画面很美，可惜故事讲得太拖沓，看到一半我就睡着了。",
                    en="The pictures are lovely, but the story drags so badly that I fell asleep halfway through.",
                )
            },
        ),
        Example(
            Text(zh="新闻", en="News"),
            {
                "text": Text(
                    zh="北京时间周三上午，中国人民银行宣布下调存款准备金率，",
                    en="On Wednesday morning the central bank announced that it would lower interest rates, and",
                )
            },
        ),
        Example(
            Text(zh="int8 对基线", en="int8 against baseline"), {"b.quantization": "int8", "b.repetition_penalty": 1.0}
        ),
        Example(
            Text(zh="Wanda 剪枝", en="Wanda pruning"),
            {"b.quantization": "none", "b.pruning": "wanda", "b.sparsity": 0.5, "b.repetition_penalty": 1.0},
        ),
    ),
    followups=followups,
    code=(run, compare, decode, attention_panel, lime),
)
