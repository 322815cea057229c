"""Makes the two token sequences and the two answers of a run from what was typed. Knows no panel."""

from __future__ import annotations

import re

from torch import Tensor

from playground.explanation.patching import Contrast, Runs, run_both
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.language import units
from playground.models.editing import EditableModel
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.settings import Settings

# Each position costs a pass of all layers' rows: 48 keep a run within some seconds on two cores.
MOST_TOKENS = 48


def prepare(model: EditableModel, settings: Settings) -> tuple[Contrast, Runs]:
    """Returns the contrast and both runs. Raises PlaygroundError that names the field: too long, other numbers of tokens, equal texts or answers."""
    lm = model.lm
    clean, corrupted = lm.encode(settings.text), lm.encode(settings.corrupted)
    for ids, field, label in (
        (clean, "text", Text(zh="正常句", en="Clean text")),
        (corrupted, "corrupted", Text(zh="破坏句", en="Corrupted text")),
    ):
        if len(ids) > MOST_TOKENS:
            raise PlaygroundError(
                Text(
                    zh="“{label}”有 {count} 个词元，最多 {most} 个，请缩短。",
                    en="“{label}” has {count} tokens; the limit is {most}. Please shorten it.",
                ).format(label=label, count=len(ids), most=MOST_TOKENS),
                field,
            )
    if len(clean) != len(corrupted):
        raise PlaygroundError(
            Text(
                zh="“破坏句”与正常句的词元数不同，无法逐位置修补：正常句 {a} 个（{clean}），破坏句 {b} 个（{corrupted}）。请换一个词元数相同的词。",
                en="“Corrupted text” must have as many tokens as the clean text, position by position: clean {a} ({clean}), corrupted {b}"
                " ({corrupted}). Swap in a word of as many tokens.",
            ).format(a=len(clean), b=len(corrupted), clean=listed(lm, clean), corrupted=listed(lm, corrupted)),
            "corrupted",
        )
    if clean == corrupted:
        raise PlaygroundError(
            Text(zh="“破坏句”与正常句相同，没有可修补的差别。", en="“Corrupted text” equals the clean text: there is nothing to patch."),
            "corrupted",
        )  # fmt: skip
    runs = run_both(model, clean, corrupted)
    answer, wrong = _answer(lm, runs.logits[0], settings.answer), _answer(lm, runs.logits[1], settings.wrong)
    if answer == wrong:
        name = shown(lm, answer)
        raise PlaygroundError(
            Text(
                zh="“破坏句的答案”与正常句的答案都是“{name}”，logit 之差恒为 0。请在更多设置里写出两个不同的答案，或换一句。",
                en="“Answer of the corrupted text” and that of the clean text are both “{name}”, so their logits never differ."
                " Type two different answers, or change the text.",
            ).format(name=name),
            "wrong",
        )
    return Contrast(tuple(clean), tuple(corrupted), answer, wrong), runs


def _answer(lm: LanguageModel, logits: Tensor, typed: str) -> int:
    """Returns the first token of what was typed, with or without a space before it, whichever is likelier; blank: the likeliest."""
    if not typed.strip():
        return int(logits.argmax())
    spellings = (typed,) if typed[0].isspace() else (typed, f" {typed}")
    firsts = [lm.encode(spelling, bos=False)[0] for spelling in spellings]
    # A space that is a token of its own isn't a spelling of the word.
    words = [token for token in firsts if units.token_name(lm, token).strip()] or firsts
    return max(words, key=lambda token: float(logits[token]))


def listed(lm: LanguageModel, ids: list[int]) -> str:
    """Returns a text's tokens, divided by bars, for a message."""
    return " | ".join(shown(lm, token) for token in ids)


def shown(lm: LanguageModel, token: int) -> str:
    """Returns a token as it can be read, white space as signs."""
    name = units.token_name(lm, token)
    return re.sub(r"\s", lambda space: {"\n": "↵", " ": "␣"}.get(space.group(), "⇥"), name)
