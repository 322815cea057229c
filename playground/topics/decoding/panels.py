"""The panels of decoding, drawn from two continuations and their findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from playground.generation import panels
from playground.generation.continuation import Continuation, parting
from playground.lab.panels import Line, Lines, Mark, Metric, Metrics, Panel, SideBySide
from playground.lab.text import Text
from playground.lab.token_panels import Tokens, Tree, Waterfall
from playground.models.language_model import LanguageModel
from playground.topics.decoding.findings import Findings, Side
from playground.topics.decoding.settings import Settings, described


def outputs(lm: LanguageModel, settings: Settings, a: Continuation, b: Continuation) -> SideBySide[Tokens]:
    """Draws both continuations, the first difference marked on both."""
    return SideBySide(
        panels.tokens_panel(lm, a, b),
        panels.tokens_panel(lm, b, a),
        a_label=described(settings.a),
        b_label=described(settings.b),
    )


def figures(findings: Findings) -> Metrics:
    """Draws variety, repetition and likelihood of both sides, by model tokens."""
    token = Text(zh="按模型词元计", en="by model tokens")

    # None of these is better high or low: loops have the highest likelihood, and gibberish the most distinct n-grams.
    def both(label: Text, of: Callable[[Side], float | None], hint: Text, digits: int = 2) -> Metric:
        return Metric(label, of(findings.a), of(findings.b), digits=digits, hint=hint)

    return Metrics((
        both(Text(zh="distinct-1", en="distinct-1"), lambda side: side.distinct_1,
             Text(zh="不同词元数 ÷ 词元数，{token}", en="different tokens ÷ tokens, {token}").format(token=token)),
        both(Text(zh="distinct-2", en="distinct-2"), lambda side: side.distinct_2,
             Text(zh="不同二元组数 ÷ 二元组数，{token}", en="different bigrams ÷ bigrams, {token}").format(token=token)),
        both(Text(zh="重复 4 元组占比", en="repeated 4-grams"), lambda side: side.repeated_4,
             Text(zh="此前已出现过的四元组所占的份额（seq-rep-4），{token}",
                  en="share of 4-grams that occurred earlier in the output (seq-rep-4), {token}").format(token=token)),
        both(Text(zh="平均对数概率", en="mean log-probability"),
             lambda side: side.mean_log_probability,
             Text(zh="原模型给所选词元的自然对数概率的平均；高不等于好：循环的文本最高",
                  en="mean of the raw model's log-probability (natural) of what was chosen; high isn't good: loops are highest")),
        both(Text(zh="词元数", en="tokens"), lambda side: side.tokens, Text(zh="不含提示与结束符", en="without prompt and end token"), 0),
    ))  # fmt: skip


def likelihood(a: Continuation, b: Continuation) -> Lines:
    """Draws the raw model's log-probability of every chosen token."""
    lines = tuple(
        Line(
            name,
            tuple(float(at) for at in range(1, len(one.steps) + 1)),
            tuple(step.log_probability for step in one.steps),
            role=role,
        )
        for name, role, one in (("A", "a", a), ("B", "b", b))
    )
    at = parting(a, b)
    marks: tuple[Mark, ...] = ()
    if at is not None and at < len(b.steps):
        marks = (Mark(at + 1.0, b.steps[at].log_probability, Text(zh="首次不同", en="first difference"), role="b"),)
    return Lines(
        lines, Text(zh="第几个词元", en="token"), Text(zh="ln p（原模型）", en="ln p (raw model)"), marks=marks
    )


def waterfalls(lm: LanguageModel, settings: Settings, a: Continuation, b: Continuation) -> SideBySide[Waterfall] | None:
    """Draws each step from logit to probability, opened where the sides part."""
    opened = parting(a, b) or 0
    return _beside(settings, panels.waterfall(lm, a, opened, settings.a), panels.waterfall(lm, b, opened, settings.b))


def trees(lm: LanguageModel, settings: Settings, a: Continuation, b: Continuation) -> SideBySide[Tree] | None:
    """Draws both searches, pruned branches included."""
    return _beside(settings, panels.tree(lm, a, settings.a), panels.tree(lm, b, settings.b))


P = TypeVar("P", bound=Panel)


def _beside(settings: Settings, a: P | None, b: P | None) -> SideBySide[P] | None:
    if a is None or b is None:
        return None
    return SideBySide(a, b, a_label=described(settings.a), b_label=described(settings.b))
