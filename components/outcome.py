"""What a run says beside its panels: cost, figures, the score of the guess, follow-ups, the command that repeats it. No Gradio."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from components import words
from playground.lab.bench import Cost
from playground.lab.codec import encode
from playground.lab.controls import fields_of
from playground.lab.panels import Metrics, Panel, SideBySide, Table
from playground.lab.text import Label, Language, Text, say
from playground.lab.token_panels import Attribution
from playground.lab.topic import AnyTopic, Outcome, Prediction
from playground.lab.validation import flatten, validate

# Figures of a run that the page keeps: it shows two of them. A name or a word in them has so many characters at most.
MOST_FIGURES, LONGEST_NAME = 6, 60


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


def figures(topic: AnyTopic, result: Any) -> list[dict[str, Any]]:
    """Returns the first figures that a run's panels show, for its chip in the history: of the first strip of figures that leads, else of
    the first table, else of the first attribution; of a folded strip where none of these leads.

    Each is {"of", "label", "a", "b", "unit", "digits", "measured"}: labels in both languages, since runs outlast a change of language;
    `of`: the row of a table, "" elsewhere. No two have the same names.
    """
    for fields, kinds in ((topic.leading, _FIGURES), (topic.folded, (Metrics,))):
        shown = [panel for item in fields if (panel := getattr(result, item.name)) is not None]
        for kind, one in itertools.product(kinds, shown):
            is_kind = isinstance(one.a if isinstance(one, SideBySide) else one, kind)
            if is_kind and (found := _distinct(_FIGURES[kind](one))):
                return found
    return []


def _distinct(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the first figures, of several with the same names the first."""
    by_name: dict[str, dict[str, Any]] = {}
    for one in found:
        by_name.setdefault(repr((one["of"], one["label"])), one)
        if len(by_name) == MOST_FIGURES:
            break
    return list(by_name.values())


def _of_metrics(panel: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(panel, SideBySide):
        for item in panel.items:
            if item.a is not None:
                yield _figure(item.label, item.a, item.b, item.unit, item.digits, measured=item.measured)
        return
    others = {item.label: item.a for item in panel.b.items}
    for item in panel.a.items:
        if item.a is not None:
            b = others.get(item.label)
            yield _figure(item.label, item.a, b, item.unit, item.digits, measured=item.measured)


def _of_table(panel: Any) -> Iterator[dict[str, Any]]:
    """The rows of this run's settings come first."""
    if isinstance(panel, SideBySide):
        return
    for at in dict.fromkeys((*panel.highlight, *range(len(panel.rows)))):
        first, *others = panel.rows[at]
        # A row is named by the words that it begins with, as task and method; by its first cell where that is a rank.
        more = list(itertools.takewhile(lambda cell: isinstance(cell, str | Text) and not _is_figure(cell), others))
        of = _joined([cell for cell in (first, *more) if isinstance(cell, str | Text)])
        for column, cell in list(zip(panel.columns[1:], others, strict=True))[len(more) :]:
            if _is_figure(cell):
                digits = 0 if isinstance(cell, int) else panel.digits
                yield _figure(column, cell, digits=digits, of=of, measured=panel.measured)


def _of_attribution(panel: Any) -> Iterator[dict[str, Any]]:
    """What is explained, of a side each, and how well a surrogate fits it."""
    a, b = (panel.a, panel.b) if isinstance(panel, SideBySide) else (panel, None)
    yield _figure(_joined([part for part in (a.value_label, a.target) if part]), a.value, b and b.value)
    if a.fit is not None:
        yield _figure(_joined([a.method, "R²"], " "), a.fit, b and b.fit)


_FIGURES: dict[type[Panel], Callable[[Any], Iterator[dict[str, Any]]]] = {
    Metrics: _of_metrics,
    Table: _of_table,
    Attribution: _of_attribution,
}


def _joined(parts: Sequence[Label], between: str = " · ") -> Label:
    """Returns labels as one, in both languages where one of them is in two."""
    zh, en = (between.join(filter(None, (say(part, language) for part in parts))) for language in Language)
    return en if zh == en else Text(zh, en)


def _is_figure(cell: Any) -> bool:
    """Whether a cell is a number, or is written as one, as with its interval."""
    if isinstance(cell, str | Text):
        return re.match(r"[−+-]?\d", say(cell, Language.EN)) is not None
    return cell is not None


def _figure(
    label: Label, a: Any, b: Any = None, unit: Label = "", digits: int = 2, of: Label = "", measured: bool = False
) -> dict[str, Any]:
    parts = {"of": of, "label": label, "a": a, "b": b, "unit": unit}
    return {name: encode(_short(part)) for name, part in parts.items()} | {"digits": digits, "measured": measured}


def _short(value: Any) -> Any:
    """A long text, as of a visitor's in a table, without its end."""
    if isinstance(value, Text):
        return Text(*(_short(say(value, language)) for language in Language))
    return value if not isinstance(value, str) or len(value) <= LONGEST_NAME else f"{value[: LONGEST_NAME - 1]}…"


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
