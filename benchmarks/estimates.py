"""Each topic's estimate against the time that its run takes: defaults in both languages, and examples.

    python -m benchmarks.estimates [topic …] [--examples N] [--keep FILE]

Runs one after the other in this process, nothing remembered. `--keep` appends each run to a file of JSON lines and leaves out those that
are there already, so that a busy machine can be measured in pieces; `--seconds` ends a piece.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.comparison import Table, seconds
from playground import catalog
from playground.estimates import by_formula
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.lab.timing import Scheduled
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate
from playground.running import Finished

GOAL = 1.5


@dataclasses.dataclass(frozen=True)
class Measured:
    """A run: what it was expected to take by the formula, what it took (seconds), and the share of the processor that it waited for."""

    topic: str
    case: str
    expected: float
    took: float
    waited: float

    @property
    def alone(self) -> float:
        """What it would have taken had no other process been in its way (seconds)."""
        return self.took * (1 - self.waited)

    @property
    def ratio(self) -> float:
        return self.alone / self.expected


def cases(topic: AnyTopic, examples: int) -> Iterator[tuple[str, Any]]:
    """Yields the defaults in both languages, then some of the examples and failures in turn of the languages, by name."""
    for language in Language:
        yield f"default, {language}", validate(topic.settings, {}, language)
    known = [*topic.examples, *topic.failures]
    step = max(1, len(known) // examples) if examples else 1
    for number, case in enumerate(known[::step][:examples]):
        language = list(Language)[number % 2]
        yield case.label.en, validate(topic.settings, case.in_(language), language)


def measure(topic: AnyTopic, name: str, settings: Any) -> Measured | None:
    """Runs a lab without a time limit; None where it refuses the settings."""
    before, start = Scheduled.now(), time.monotonic()
    try:
        for event in catalog.events(dataclasses.replace(topic, seconds=3600.0), settings):
            if isinstance(event, Finished):
                waited = Scheduled.now().waited_since(before) or 0.0
                return Measured(topic.slug, name, by_formula(topic, settings), event.cost.seconds, waited)
    except PlaygroundError as error:
        print(topic.slug, name, error, file=sys.stderr)
    print(topic.slug, name, f"no result after {time.monotonic() - start:.0f} s", file=sys.stderr)
    return None


def table(found: list[Measured]) -> Table:
    """Returns one line for each topic: estimates and truths of its runs, and the median ratio."""
    rows = []
    for slug in dict.fromkeys(one.topic for one in found):
        own = [one for one in found if one.topic == slug]
        ratios = sorted(one.ratio for one in own)
        rows.append(
            (slug, str(len(own)), seconds(own[0].expected), seconds(own[0].alone), f"{ratios[0]:.2f} – {ratios[-1]:.2f}", f"{median(ratios):.2f}")
        )  # fmt: skip
    every = [one.ratio for one in found]
    within = sum(1 / GOAL <= ratio <= GOAL for ratio in every) / len(every)
    loaded = max(one.waited for one in found)
    return Table(
        "How long a run takes, against its estimate by formula",
        ("topic", "runs", "default, estimate", "default, truth", "truth / estimate, least – most", "median"),
        tuple(rows),
        goal=f"median ratio of each topic within {GOAL} times.",
        notes=f"{within:.0%} of {len(every)} runs are within {GOAL} times, the median ratio of all is {median(every):.2f}. Without past runs, which"
        f" correct an estimate on the page. Times without what other programs took of the processor (at most {loaded:.0%}).",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", default=[topic.slug for topic in catalog.topics()], metavar="topic")
    parser.add_argument("--examples", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options = parser.parse_args()
    start, found = time.monotonic(), []
    kept = (
        [json.loads(line) for line in options.keep.read_text().splitlines()]
        if options.keep and options.keep.exists()
        else []
    )
    known = {(one["topic"], one["case"]): Measured(**one) for one in kept}
    catalog.load_base(lambda fraction, text: None)
    for topic in map(catalog.find, options.topics):
        for name, settings in cases(topic, options.examples):
            one = known.get((topic.slug, name))
            if one is not None:
                found.append(dataclasses.replace(one, expected=by_formula(topic, settings)))
                continue
            if time.monotonic() - start > options.seconds:
                continue
            one = measure(topic, name, settings)
            if one is None:
                continue
            found.append(one)
            print(
                f"{one.topic}  {name}  {one.expected:.1f} s  {one.alone:.1f} s  {one.ratio:.2f}",
                file=sys.stderr,
                flush=True,
            )
            if options.keep:
                with options.keep.open("a") as file:
                    file.write(json.dumps(dataclasses.asdict(one), ensure_ascii=False) + "\n")
    print(table(found).markdown())


if __name__ == "__main__":
    main()
