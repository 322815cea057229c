"""What a run says beside its panels: cost, the score of the guess, follow-ups, the command that repeats it. No Gradio."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import Any

from components import words
from playground.lab.bench import Cost
from playground.lab.codec import encode
from playground.lab.controls import fields_of
from playground.lab.text import Language
from playground.lab.topic import AnyTopic, Outcome, Prediction
from playground.lab.validation import flatten, validate


def compact(number: int) -> str:
    """Writes a count in at most four characters: 214, 5.1k, 42k, 1.3M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            scaled = number / size
            return f"{scaled:.1f}{unit}" if scaled < 9.95 else f"{scaled:.0f}{unit}"
    return str(number)


def cost_line(cost: Cost, language: Language) -> str:
    """Returns what the run took, as the line under the buttons says it."""
    text = words.COST if cost.forward_passes else words.COST_NO_MODEL
    return text.format(seconds=f"{cost.seconds:.1f}", passes=cost.forward_passes, tokens=compact(cost.tokens)).in_(
        language
    )


def moment(computed: float) -> str:
    """Returns a time, in seconds since the epoch, as a clock shows it; of another day with its date."""
    there = datetime.fromtimestamp(computed)
    return there.strftime("%H:%M" if there.date() == datetime.now().date() else "%Y-%m-%d %H:%M")


def remembered(computed: float, language: Language, *, in_memory: bool) -> dict[str, str]:
    """Returns what the page says of a result computed at `computed` (seconds since the epoch): in the status, on its button, and on
    the figures that were measured. `in_memory`: it is on no disk, and gone with the process.
    """
    clock = moment(computed)
    text = words.REMEMBERED_IN_MEMORY if in_memory else words.REMEMBERED
    return {
        "text": text.format(time=clock).in_(language),
        "again": words.AGAIN.in_(language),
        "measured": words.MEASURED_THEN.format(time=clock).in_(language),
    }


def scored(
    prediction: Prediction[Any, Any], guess: Any, settings: Any, findings: Any, language: Language
) -> dict[str, Any]:
    """Says whether the visitor's guess was right, with the evidence. `right` None: there was no guess."""
    outcome = prediction.outcome(settings, findings)
    if outcome is None:
        return {"right": None, "lead": "", "text": ""}
    right = None if guess in (None, "") else _right(prediction, guess, outcome)
    lead = {True: words.GUESS_RIGHT, False: words.GUESS_WRONG, None: words.GUESS_NONE}[right]
    return {"right": right, "lead": lead.in_(language), "text": outcome.evidence.in_(language)}


def _right(prediction: Prediction[Any, Any], guess: Any, outcome: Outcome) -> bool:
    try:
        return prediction.right(guess, outcome)
    except (TypeError, ValueError):  # a guess that is no number isn't right
        return False


def confirmed(topic: AnyTopic, settings: Any, findings: Any) -> dict[str, bool]:
    """Returns whether the findings show what a failure of the topic describes, by the number of each whose settings, in either
    language, these are.
    """
    return {
        str(number): bool(failure.seen(settings, findings))
        for number, failure in enumerate(topic.failures)
        if any(validate(topic.settings, failure.in_(language), language) == settings for language in Language)
    }


def after(topic: AnyTopic, settings: Any, findings: Any, language: Language) -> dict[str, Any]:
    """Returns the follow-ups that these findings provoke, and the command line that repeats the run."""
    return {
        "title": words.FOLLOW_UPS.in_(language),
        "note": words.FROM_RESULT.in_(language),
        "questions": [
            [item.question.in_(language), item.answer.in_(language)] for item in topic.followups(settings, findings)
        ],
        "command_title": words.COMMAND.in_(language),
        "command": command_line(topic, settings, language),
        "copy": words.COPY.in_(language),
        "copied": words.COPIED.in_(language),
    }


def command_line(topic: AnyTopic, settings: Any, language: Language) -> str:
    """Returns the command line of a run, with the settings that differ from the defaults of the language."""
    values = flatten(encode(settings))
    parts = ["python", "-m", "playground", "run", topic.slug]
    for item in fields_of(topic.settings):
        if values[item.path] != item.default(language):
            parts += ["--set", f"{item.path}={_plain(values[item.path])}"]
    if language is not Language.ZH:
        parts += ["--language", str(language)]
    return shlex.join(parts)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
