"""What every method says about one text and one target, and how long a text it may be. Knows no panel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playground.explanation.attention import attention_weights
from playground.explanation.attribution import Weights
from playground.explanation.gradients import gradient_times_input, integrated_gradients, on_units
from playground.explanation.lime_text import lime
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import Removable, cut
from playground.explanation.shapley import MOST_EXACT, shapley
from playground.explanation.values import Target, class_target, next_token_logits, next_token_target
from playground.lab.errors import PlaygroundError
from playground.lab.shared_controls import UNITS
from playground.lab.text import Label, Text
from playground.language import units
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.explainability.findings import Integral
from playground.topics.explainability.settings import Settings

# Every unit is taken out alone and in many company; 48 keep a run of all methods within its time on two cores.
MOST_UNITS = 48
# Tokens that sampled Shapley values may put through the model.
SHAPLEY_TOKENS = 16_000

# In the order of the page. What has a sign comes before attention, which has none.
NAMES: dict[str, Label] = {
    "lime": "LIME",
    "shapley": "Shapley",
    "left_out": Text(zh="留一法", en="leave-one-out"),
    "integrated": Text(zh="积分梯度", en="integrated gradients"),
    "gradient": Text(zh="梯度 × 输入", en="gradient × input"),
    "head": Text(zh="注意力·头", en="attention, head"),
    "mean": Text(zh="注意力·平均", en="attention, mean"),
    "rollout": Text(zh="注意力·rollout", en="attention, rollout"),
}


@dataclass(frozen=True)
class Task:
    """One text and one number to explain. `token`: the next token whose probability that is, None for a class."""

    lm: LanguageModel
    target: Target
    token: int | None
    parts: Removable
    settings: Settings


def prepare(lm: LanguageModel, settings: Settings) -> Task:
    """The task, or a PlaygroundError that names what is too long or can't be explained."""
    parts = cut(settings.text, settings.unit, lm)
    if not len(parts):
        raise PlaygroundError(
            Text(
                zh="“文本”里没有可去掉的内容，请输入一句话。",
                en="“Text” has nothing that could be removed: type a sentence.",
            ),
            "text",
        )
    if len(parts) > MOST_UNITS:
        raise PlaygroundError(
            Text(
                zh="“文本”有 {count} 个{unit}，最多 {most} 个：每个都要反复删掉再重算。请删短，或换更大的单位。",
                en="“Text” has {count} units of kind {unit}; the limit is {most}, for each is removed again and again. "
                "Shorten it, or choose a larger unit.",
            ).format(count=len(parts), unit=UNITS[settings.unit], most=MOST_UNITS),
            "text",
        )
    token = _token(lm, settings) if settings.target == "next" else None
    target = _class_target(lm, settings.target) if token is None else next_token_target(lm, token)
    return Task(lm, target, token, parts, settings)


def _class_target(lm: LanguageModel, name: str) -> Target:
    try:
        return class_target(lm, sentiment.load(), name)
    except PlaygroundError as error:
        raise PlaygroundError(error.message, "target") from error


def _token(lm: LanguageModel, settings: Settings) -> int:
    """Returns the first token of what was typed, or else the model's likeliest.

    "Tokyo" and " Tokyo" are different tokens, and few type the space: the likelier of both is meant, unless a space was typed.
    """
    logits = next_token_logits(lm, settings.text)
    typed = settings.token
    if not typed:
        return int(logits.argmax())
    first, spaced = (lm.encode(spelling, bos=False)[0] for spelling in (typed, f" {typed}"))
    # A space that is a token of its own isn't a spelling of the word.
    if typed[0].isspace() or not units.token_name(lm, spaced).strip():
        return first
    return max(first, spaced, key=lambda token: float(logits[token]))


def explain_by_lime(task: Task) -> Iterator[Weights]:
    """LIME's weights after each round of samples."""
    return lime(task.parts, task.target.value, samples=task.settings.samples, seed=task.settings.seed)


def explain_by_leaving_out(task: Task) -> Weights:
    """How far the value falls without each unit."""
    return leave_one_out(task.parts, task.target.value)


def explain_by_shapley(task: Task) -> Weights:
    """Exact to ten units; above, by as many orders as were asked for and `SHAPLEY_TOKENS` allow."""
    units, settings = len(task.parts), task.settings
    permutations = settings.permutations
    if units > MOST_EXACT:
        tokens = len(task.target.prompt(settings.text)[0])
        permutations = max(2, min(permutations, SHAPLEY_TOKENS // (2 * units * tokens)))
    return shapley(task.parts, task.target.value, permutations=permutations, seed=settings.seed)


def explain_by_gradients(task: Task) -> tuple[Integral, dict[str, Weights]]:
    """Integrated gradients and gradient × input, and how complete the integral is."""
    lm, target, text = task.lm, task.target, task.settings.text
    integrated = integrated_gradients(lm, target, text, steps=task.settings.steps)
    baseline = integrated.baseline or 0.0
    integral = Integral(baseline, float(integrated.weights.sum()) - (integrated.value - baseline))
    return integral, {
        "integrated": on_units(lm, task.parts, integrated),
        "gradient": on_units(lm, task.parts, gradient_times_input(lm, target, text)),
    }


def explain_by_attention(task: Task) -> Iterator[tuple[str, Weights]]:
    """The three ways to read attention as a weight."""
    recorded = task.lm.attentions(task.target.prompt(task.settings.text)[0]).numpy()
    for way in ("head", "mean", "rollout"):
        yield way, attention_weights(task.lm, task.target, task.parts, recorded, way)


def token_name(lm: LanguageModel, token: int) -> str:
    """A token as it can be read in a cell."""
    return visible_spaces(units.token_name(lm, token))


def visible_spaces(piece: str) -> str:
    """Writes white space with signs that can be seen."""
    return re.sub(r"\s", lambda space: {"\n": "↵", " ": "␣"}.get(space.group(), "⇥"), piece)
