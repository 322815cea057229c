"""A lab on the page: controls, panels and the run that ties them. Knows the catalog's contract, no topic by name."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import gradio as gr
from starlette.concurrency import run_in_threadpool

from components import controls, outcome, panels, words
from components.loading import LOADING
from components.presence import PLACES, PRESENCE, page_owner
from components.serving import desk
from components.stops import STOPS
from playground.lab.bench import Progress
from playground.lab.cost import about
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate
from playground.line import LONGEST_LINE, LineFull
from playground.running import Finished, Partial, Waiting, internal_error

Updates = dict[Any, Any]

# Every update of a page costs its server and its browser tens of milliseconds; on two cores both take them from the model.
# A reader that rests gets the newest of what the lab said meanwhile.
LEAST_SECONDS = 0.19
# Of a long run's length so far: each drawing of its charts takes the same time, and a browser that lags behind shows what is past.
LEAST_SHARE = 0.05

# Numbers the runs of this process.
RUNS = itertools.count(1)


def drawn_by_script(drawing: str, value: Any = None, **options: Any) -> gr.HTML:
    """Makes a place that `playground.<drawing>` of page.js draws from JSON, with text set as textContent."""
    return gr.HTML(
        value, html_template="<div></div>", apply_default_css=False,
        js_on_load=f"window.playground.{drawing}(element.firstElementChild, props, watch, () => trigger('apply'))", **options,
    )  # fmt: skip


def rest(run: float) -> float:
    """Returns the seconds between two drawings of results, after `run` seconds of it."""
    return max(LEAST_SECONDS, LEAST_SHARE * run)


@dataclass(frozen=True)
class PanelPlace:
    """Where a Result's field is drawn; `frame` is shown once there is something to draw."""

    name: str
    frame: gr.Column
    drawing: panels.Drawing


@dataclass(frozen=True, eq=False)
class LabView:
    """The components of one lab in one place of the page. `guess`, `outcome` and `after` are left out of a fold."""

    topic: AnyTopic
    language: Language
    place: str
    widgets: controls.Widgets
    status: gr.HTML
    places: tuple[PanelPlace, ...]
    guess: gr.components.Component | None = None
    outcome: gr.HTML | None = None
    after: gr.HTML | None = None

    @property
    def outputs(self) -> list[Any]:
        """Everything that a run may change."""
        beside = (self.status, self.outcome, self.after)
        parts: list[Any] = [part for part in beside if part is not None]
        for place in self.places:
            parts += [place.frame, *place.drawing.components]
        return parts

    def connect(self, run: gr.Button, stop: gr.Button) -> None:
        """Connects the run's event, and the one that stops it."""
        # Ticked by the page's script alone, for the one run that is to be computed anew.
        again = gr.Checkbox(visible=False)
        event = run.click(
            self.run, inputs=[*self.widgets.components, *([self.guess] if self.guess else []), again], outputs=self.outputs,
            js=f"(...values) => window.playground.started('{self.place}', values)", show_progress="hidden",
            # Even hidden, Gradio counts the seconds of every output at every frame: forty outputs keep a browser busy.
            show_progress_on=self.status,
            concurrency_id="model", concurrency_limit=None, api_visibility="private", trigger_mode="multiple",
        )  # fmt: skip
        # Whatever it ended with. Its last status is shown a moment before its stream is closed.
        event.then(None, js=f"() => {{ window.playground.ended('{self.place}'); return []; }}", show_progress="hidden")
        stop.click(self.stop, queue=False, show_progress="hidden", api_visibility="private")
        # Asked for by the page's script where Gradio's queue had no place for the click.
        self.status.apply(
            self.refused, None, self.outputs, queue=False, show_progress="hidden", api_visibility="private"
        )

    def stop(self, request: gr.Request) -> None:
        """Stops this visitor's run in this place."""
        STOPS.stop(str(request.session_hash), self.place)

    def run(self, request: gr.Request, *raw: Any) -> Iterator[Updates]:
        """Yields updates of one click as the run goes on. Whatever happens ends in a sentence on the page.

        `raw`: the fields in their order, the guess (not in a fold), and whether the run is to be computed anew.
        """
        count = len(self.widgets.fields)
        values, guess = self.widgets.values(raw[:count]), raw[count] if self.guess else None
        again = bool(raw[-1])
        session, address = str(request.session_hash), request.client.host if request.client else ""
        cancelled = STOPS.start(session, self.place)
        shown = _Shown(self)
        try:
            settings = validate(self.topic.settings, values, self.language)
            # What results depend on is known once the model is loaded.
            key = desk().key(self.topic, settings) if LOADING.state.ready else None
            place = PLACES.of_page(session, address, key or "", desk().line.free_in)
            # What is remembered is given while others compute.
            with nullcontext() if key and not again and desk().is_remembered(self.topic, settings) else place:
                yield from self._run(settings, guess, again, cancelled, shown, session)
        except LineFull as error:
            yield self._example(error, shown)
        except PlaygroundError as error:
            yield shown.status("error", error.message.in_(self.language), field=error.field)
        except Cancelled:
            yield shown.status("stopped", words.STOPPED.in_(self.language))
        except Exception as error:  # noqa: BLE001 - a drawing's bug: the visitor gets one sentence, the log the rest
            yield shown.status("error", internal_error(error).message.in_(self.language))
        finally:
            STOPS.end(session, self.place, cancelled)

    def _run(
        self,
        settings: Any,
        guess: Any,
        again: bool,
        cancelled: threading.Event,
        shown: _Shown,
        session: str,
    ) -> Iterator[Updates]:
        start = time.monotonic()
        held: Progress | None = None  # said along with the result that mostly comes with it: one update instead of two
        for event in PRESENCE.while_here(
            session, desk().events(self.topic, settings, cancelled, anew=again, visitor=page_owner(session))
        ):
            if isinstance(event, Waiting):
                waits = words.WAITING.format(ahead=event.ahead, seconds=about(event.seconds))
                yield shown.status("waiting", waits.in_(self.language), ahead=event.ahead)
            elif isinstance(event, Progress) and held is None:
                held = event
            elif isinstance(event, Progress):
                held = None
                yield from shown.progress(event)
                PRESENCE.rest(session, rest(time.monotonic() - start), cancelled)
            elif isinstance(event, Partial):
                if held is not None:
                    shown.running(held)
                    held = None
                yield shown.result(event.result)
                PRESENCE.rest(session, rest(time.monotonic() - start), cancelled)
            else:
                yield {
                    **shown.result(event.result, whole=True),
                    **self._outcome(event, guess),
                    **shown.status(
                        "done",
                        outcome.cost_line(event.cost, self.language),
                        remembered=self._remembered(event),
                        verdict=self.topic.verdict(event.settings, event.result.findings).in_(self.language),
                        failures=outcome.confirmed(self.topic, event.settings, event.result.findings),
                        figures=outcome.figures(self.topic, event.result),
                    ),
                }

    async def refused(self) -> Updates:
        """What a click gets that Gradio's own queue is too full for: when to come back, and the result of an example.

        All of Gradio's threads may be taken then. So it asks for none: it is a coroutine without inputs, and every output is an update.
        """
        full = LineFull(words.QUEUE_FULL, LONGEST_LINE, desk().line.free_in())
        updates = await run_in_threadpool(self._example, full, _Shown(self))
        return updates | {self.status: gr.update(value=updates[self.status])}

    def _example(self, full: LineFull, shown: _Shown) -> Updates:
        """Says when there will be a place in the line, with the result of an example at once where one is remembered."""
        found = desk().example(self.topic, self.language)
        if found is None:
            return shown.status("error", full.message.in_(self.language))
        panels = shown.result(found.result, whole=True)
        time = outcome.moment(found.computed)
        said = words.EXAMPLE_MEANWHILE.format(full=full.message, time=time).in_(self.language)
        return {**panels, **shown.status("error", said)}

    def _remembered(self, finished: Finished) -> dict[str, str] | None:
        """What the status says of a result that was computed earlier, and what the figures measured then say."""
        if not finished.remembered:
            return None
        kept = desk().is_curated(self.topic, finished.settings)
        return outcome.remembered(finished.computed, self.language, in_memory=not kept)

    def _outcome(self, finished: Finished, guess: Any) -> Updates:
        settings, findings = finished.settings, finished.result.findings
        updates: Updates = {}
        if self.outcome is not None:
            updates[self.outcome] = outcome.scored(self.topic.prediction, guess, settings, findings, self.language)
        if self.after is not None:
            updates[self.after] = outcome.after(self.topic, settings, findings, self.language)
        return updates


class _Shown:
    """What one run has put on the page so far, so that only what changes is sent."""

    def __init__(self, view: LabView) -> None:
        self._view = view
        # Gradio's page tells of a value only when it differs from the one before: two runs that end alike must not.
        self._run = next(RUNS)
        self._status: dict[str, Any] = {}
        self._panels: dict[str, Any] = {}

    def status(
        self,
        state: str,
        text: str,
        fraction: float | None = None,
        field: str = "",
        remembered: dict[str, str] | None = None,
        verdict: str = "",
        failures: Mapping[str, bool] | None = None,
        ahead: int | None = None,
        figures: Sequence[Mapping[str, Any]] = (),
    ) -> Updates:
        """Returns the line under the buttons. `fresh` are the panels of this run: the others are an earlier run's, and
        paler. `failures`: which of the topic's were run, by their number, and whether each was seen. `ahead`: runs
        before this one, while it waits. `figures`: for the run's chip in the history.
        """
        self._status = {
            "place": self._view.place,
            "run": self._run,
            "state": state,
            "text": text,
            "fraction": fraction,
            "field": controls.element_id(self._view.place, field) if field else "",
            "fresh": list(self._panels),
            "remembered": remembered,
            "verdict": verdict,
            "failures": dict(failures or {}),
            "ahead": ahead,
            "figures": list(figures),
        }
        return {self._view.status: self._status}

    def progress(self, event: Progress) -> Iterator[Updates]:
        """Yields the status of a progress event; nothing when it says what is already there."""
        before = self._status
        after = self.running(event)
        if self._status != before:
            yield after

    def running(self, event: Progress) -> Updates:
        """Returns the status of a progress event."""
        return self.status("running", event.text.in_(self._view.language), event.fraction)

    def result(self, result: Any, whole: bool = False) -> Updates:
        """Updates of the panels that differ from what was sent. `whole`: the run is over, so that what it lacks is hidden and what it
        has is sent once more: a page that is busy drawing may skip all but the newest of several updates.
        """
        updates: Updates = {}
        for place in self._view.places:
            panel = getattr(result, place.name)
            if panel is None:
                if whole and place.name not in self._panels:
                    updates[place.frame] = gr.update(visible=False)
                continue
            if self._panels.get(place.name) == panel and not whole:
                continue
            self._panels[place.name] = panel
            updates[place.frame] = gr.update(visible=True)
            updates |= dict(zip(place.drawing.components, place.drawing.update(panel), strict=True))
        self._status = {**self._status, "fresh": list(self._panels)}
        return {**updates, self._view.status: self._status}
