"""Holds a server under load: visitors of its page and its API, cold and remembered runs, calls that nobody listens to.

    python -m benchmarks.load                                   20 visitors for 10 minutes
    python -m benchmarks.load --visitors 8 --minutes 2
    python -m benchmarks.load --every-topic                     every default in both languages, and the memory after each
    python -m benchmarks.load --repeat 1000                     one cheap topic, so often

Reports errors, the longest waits, answers that differ from those computed alone, those of pages among them, and what the server holds
before and after. Ends with 1 if something failed or differed, if the server's log has a traceback, or if it holds more than 3 GB in the
end. Loopback only; the results and paces that this machine remembers are neither used nor changed.
"""

from __future__ import annotations

import argparse
import functools
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.client import Failed, Request, Visitor
from benchmarks.comparison import Table
from benchmarks.serving import Held, Served, served
from benchmarks.tally import Tally, is_refusal
from playground import catalog
from playground.estimates import by_formula
from playground.lab.text import Language
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate
from playground.models.cache import cache_folder
from playground.models.embedded import FOLDER

# Runs that are asked for under load are of topics whose default takes no longer than this, by formula.
CHEAP_SECONDS = 2.5
# Texts of visitors: their results are in memory, not on disk.
TEXTS = {
    "zh": "服务员很热情，但是房间有点小，隔音也不好。",
    "en": "The staff were kind, but the room was small and noisy.",
}
# How often a visitor does what.
KINDS = {
    "API, cold": 3,
    "API, remembered": 4,
    "API, abandoned": 2,
    "estimate": 3,
    "page, cold": 1,
    "page, remembered": 3,
}
# Of memory in the end, MB.
MOST_MEGABYTES = 3000
# Seconds between two visits of one visitor, at most, and until connections that were left are closed.
MOST_REST, SETTLED = 4.0, 10.0
EVERY = 100


@dataclass
class Seen:
    """What came to light of a server besides its answers: tracebacks in its log, and what it held in the end."""

    tracebacks: int = 0
    held: Held | None = None

    @property
    def is_well(self) -> bool:
        """Whether it is as it should be; else prints what isn't."""
        if self.tracebacks:
            print(f"tracebacks in the server's log: {self.tracebacks}", flush=True)
        above = self.held is not None and self.held.megabytes > MOST_MEGABYTES
        if self.held is not None and above:
            print(f"the server holds {self.held.megabytes:.0f} MB, more than {MOST_MEGABYTES}", flush=True)
        return not self.tracebacks and not above


@contextmanager
def fresh(seen: Seen, *command: str) -> Iterator[Served]:
    """Serves the app with the model ready, the machine's weights and number types, and nothing remembered."""
    with tempfile.TemporaryDirectory() as folder:
        for name in (FOLDER, "choices"):
            if (cache_folder() / name).exists():
                (Path(folder) / name).symlink_to(cache_folder() / name)
        log = Path(folder) / "log.txt"
        with served(*command, log=log, PLAYGROUND_CACHE=folder) as server:
            server.wait()
            server.wait("readyz")
            yield server
            seen.held = Held.settled(server.process)
            seen.tracebacks = log.read_text(errors="replace").count("Traceback")


def default_cost(topic: AnyTopic) -> float:
    """Returns the seconds of a topic's default by formula, in the language in which it costs more."""
    return max(by_formula(topic, validate(topic.settings, {}, language)) for language in Language)


def requests() -> list[Request]:
    """Lists the runs that are asked for under load: defaults of cheap topics in both languages, and an own text where there is one."""
    found = []
    for topic in catalog.topics():
        if default_cost(topic) <= CHEAP_SECONDS:
            for language in Language:
                found.append(Request(topic.slug, language))
                if topic.text_field:
                    found.append(Request(topic.slug, language, ((topic.text_field, TEXTS[language]),)))
    return found


def alone(server: Served, different: int) -> dict[Request, dict[str, object]]:
    """Computes so many requests while nobody else asks. A text that a topic refuses isn't asked for under load."""
    every = requests()
    chosen = random.Random(0).sample(every, min(different, len(every)))
    answers = {request: Visitor(server.address).run(request, anew=True) for request in chosen}
    return {request: answer for request, answer in answers.items() if "error" not in answer}


def visit(visitor: Visitor, kind: str, request: Request, tally: Tally, known: dict[Request, dict[str, object]]) -> None:
    """Makes one visit and notes what came of it."""
    started = time.monotonic()
    try:
        if kind == "API, abandoned":
            visitor.abandon(request, listening=bool(int(started * 1000) % 2))
        elif kind == "estimate":
            assert visitor.estimate(request)
        elif kind.startswith("page"):
            visitor.page(request, anew=kind.endswith("cold"))
        else:
            answer = visitor.run(request, anew=kind.endswith("cold"))
            _compare(tally, request, known, answer)
    except Exception as error:  # noqa: BLE001 - whatever a client meets is what this counts
        if isinstance(error, Failed) and is_refusal(str(error)):
            tally.refuse(kind)
        else:
            tally.fail(kind, str(error) if isinstance(error, Failed) else repr(error))
        return
    tally.served(kind, time.monotonic() - started)
    if kind == "page, cold":
        # What the page computed is remembered: this is a visit of another kind, whatever comes of it.
        visit(visitor, "API, remembered", request, tally, known)


def _compare(tally: Tally, request: Request, known: dict[Request, dict[str, object]], answer: dict[str, Any]) -> None:
    """Compares an answer with the same run's alone. Raises Failed for a refusal."""
    if "error" in answer:
        raise Failed(answer["error"]["message"])
    tally.compare(f"{request.slug} {request.language}", known[request], answer)


def attend(number: int, server: Served, end: float, tally: Tally, known: dict[Request, dict[str, object]]) -> None:
    """Visits until the time is over, from an address of its own."""
    chance = random.Random(number)
    visitor = Visitor(server.address, f"127.0.{1 + number // 250}.{1 + number % 250}")
    while time.monotonic() < end:
        (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
        visit(visitor, kind, chance.choice(list(known)), tally, known)
        time.sleep(chance.uniform(0, MOST_REST))


def under_load(visitors: int, minutes: float, different: int) -> bool:
    """Runs the load and prints what came of it; whether all went well."""
    tally, seen, most = Tally(), Seen(), [0, 0]
    with fresh(seen, "app.py") as server:
        known = alone(server, different)
        before, end = Held.by(server.process), time.monotonic() + 60 * minutes
        over = threading.Event()

        def look() -> None:
            while not over.wait(1):
                held = Held.by(server.process)
                most[:] = [max(most[0], held.threads), max(most[1], held.files)]

        watching = threading.Thread(target=look)
        watching.start()
        with ThreadPoolExecutor(visitors) as pool:
            list(pool.map(lambda number: attend(number, server, end, tally, known), range(visitors)))
        over.set()
        watching.join()
        time.sleep(SETTLED)
        after = Held.by(server.process)
    title = f"{visitors} visitors for {minutes:g} minutes, {len(known)} different runs"
    print(tally.table(title).markdown())
    print(
        Table(
            "What the server held",
            ("", "before", "at the most", "after"),
            (
                ("memory, MB", f"{before.megabytes:.0f}", f"{after.most_megabytes:.0f}", f"{after.megabytes:.0f}"),
                ("threads", str(before.threads), str(most[0]), str(after.threads)),
                ("open files", str(before.files), str(most[1]), str(after.files)),
            ),
        ).markdown()
    )
    return seen.is_well and tally.is_clean


def every_topic() -> bool:
    """Runs every topic's default in both languages, one after the other, and prints the memory after each; whether none failed."""
    rows, failed, seen = [], False, Seen()
    with fresh(seen, "-m", "benchmarks.app_not_ahead") as server:
        visitor = Visitor(server.address)
        rows.append(("(the model alone)", *_row(Held.settled(server.process))))
        for topic in catalog.topics():
            for language in Language:
                answer = visitor.run(Request(topic.slug, language), anew=True)
                failed |= "error" in answer
                rows.append((f"{topic.slug} {language}", *_row(Held.settled(server.process))))
                print(*rows[-1], answer.get("error", ""), sep="  ", file=sys.stderr, flush=True)
    print(
        Table("Memory after every topic", ("run", *COLUMNS), tuple(rows), goal="under 3 GB after the last.").markdown()
    )
    return seen.is_well and not failed


def repeat(times: int) -> bool:
    """Runs the cheapest topic so often and prints what the server holds after every hundred; whether none failed."""
    topic = min(catalog.topics(), key=default_cost)
    request, rows, failed, seen = Request(topic.slug, "zh"), [], False, Seen()
    with fresh(seen, "-m", "benchmarks.app_not_ahead") as server:
        visitor = Visitor(server.address)
        for number in range(times + 1):
            if number % EVERY == 0:
                rows.append((str(number), *_row(Held.settled(server.process))))
                print(*rows[-1], sep="  ", file=sys.stderr, flush=True)
            failed |= "error" in visitor.run(request, anew=True)
    title = f"{topic.slug}, computed anew again and again"
    print(Table(title, ("runs", *COLUMNS), tuple(rows), goal="under 3 GB after the last.").markdown())
    return seen.is_well and not failed


COLUMNS = ("memory, MB", "at the most", "threads", "open files")


def _row(held: Held) -> tuple[str, ...]:
    return f"{held.megabytes:.0f}", f"{held.most_megabytes:.0f}", str(held.threads), str(held.files)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--runs", type=int, default=20, help="how many different runs are asked for, each computed alone before"
    )
    parser.add_argument("--every-topic", action="store_true")
    parser.add_argument("--repeat", type=int, metavar="TIMES")
    arguments = parser.parse_args()
    checks: list[Callable[[], bool]] = []
    checks += [functools.partial(repeat, arguments.repeat)] if arguments.repeat else []
    checks += [every_topic] if arguments.every_topic else []
    checks = checks or [functools.partial(under_load, arguments.visitors, arguments.minutes, arguments.runs)]
    went_well = [check() for check in checks]
    return int(not all(went_well))


if __name__ == "__main__":
    sys.exit(main())
