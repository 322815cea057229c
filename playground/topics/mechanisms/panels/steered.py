"""Draws steering: the continuations, the effect and the side effect."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.explanation.steering import Direction
from playground.lab.panels import Line, Lines, SideBySide
from playground.lab.text import Text
from playground.lab.token_panels import Token, Tokens
from playground.language.units import pieces
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.steer import Continuation, Effect

_ENDINGS = {
    True: Text(zh="结束符", en="end of text"),
    False: Text(zh="达到词元上限", en="limit of tokens"),
}


def _strength(made: Direction) -> Text:
    """Names the axis: where the direction is added, and how long it is."""
    return Text(
        zh="引导强度（第 {layer} 层之后，每个词元；1 = 状态长度的 {norm}）",
        en="steering strength (after layer {layer}, every token; 1 = {norm} of a state's norm)",
    ).format(layer=made.layer + 1, norm=f"{made.norm / made.typical:.0%}")


def outputs(
    lm: LanguageModel, prompt: str, plain: Continuation, steered: Continuation, strength: float, made: Direction
) -> SideBySide[Tokens]:
    """Draws both continuations; the first token that differs is marked."""
    apart = next(
        (at for at, pair in enumerate(zip(plain.ids, steered.ids, strict=False)) if pair[0] != pair[1]),
        None,
    )
    sides = [_tokens(lm, prompt, one, apart) for one in (plain, steered)]
    label = Text(
        zh="强度 {strength}，加在第 {layer} 层之后的每个词元上，长度是状态的 {norm}",
        en="strength {strength}, added after layer {layer} to every token, {norm} of a state's norm",
    ).format(strength=f"{strength:g}", layer=made.layer + 1, norm=f"{abs(strength) * made.norm / made.typical:.0%}")
    return SideBySide(sides[0], sides[1], Text(zh="不引导", en="unsteered"), label)


def _tokens(lm: LanguageModel, prompt: str, one: Continuation, apart: int | None) -> Tokens:
    texts = pieces(lm, one.ids)
    return Tokens(
        prompt,
        tuple(Token(text, math.exp(score)) for text, score in zip(texts, one.log_probabilities, strict=True)),
        divergence=apart,
        ending=_ENDINGS[one.ended],
    )


def effect_lines(found: Sequence[Effect], made: Direction, counts: tuple[int, int]) -> Lines:
    """Draws, by strength, the losses of the judged sentences of both sides; `counts`: how many there are."""
    x = tuple(one.strength for one in found)
    return Lines(
        (
            Line(
                Text(zh="引导向的句子（{n} 句）", en="sentences to steer towards ({n})").format(n=counts[0]),
                x,
                tuple(one.towards for one in found),
            ),
            Line(
                Text(zh="引导离开的句子（{n} 句）", en="sentences to steer away from ({n})").format(n=counts[1]),
                x,
                tuple(one.away for one in found),
                dash="dash",
            ),
        ),
        x_label=_strength(made),
        y_label=Text(zh="损失（奈特/词元）", en="loss (nats a token)"),
    )


def cost_lines(found: Sequence[Effect], made: Direction) -> Lines:
    """Draws, by strength, the perplexity of neutral text in each language."""
    x = tuple(one.strength for one in found)
    names = {"zh": Text(zh="中文", en="Chinese"), "en": Text(zh="英文", en="English")}
    return Lines(
        tuple(
            Line(names[language], x, tuple(math.exp(min(one.neutral[language], 40.0)) for one in found), dash=dash)
            for language, dash in (("zh", "solid"), ("en", "dash"))
        ),
        x_label=_strength(made),
        y_label=Text(zh="困惑度", en="perplexity"),
        log_y=True,
    )
