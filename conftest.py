"""Shares the fixtures of tests/ with the topics' tests, and assigns tests to processes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from playground import catalog
from tests.conftest import *  # noqa: F403

# They use a server with the real model: one is enough for a machine's memory.
ON_THE_REAL_SERVER = ("tests/browser/test_chat.py", "tests/browser/test_topics.py")


def group_of(test: str) -> str:
    """Groups tests that share a process of `pytest -n`, the largest group first: those on the real server, a topic's runs, else a file."""
    file, _, rest = test.partition("::")
    if file in ON_THE_REAL_SERVER:
        return "the real server"
    parameters = rest.partition("[")[2]
    slugs = [topic.slug for topic in catalog.topics() if topic.slug in parameters]
    return max(slugs, key=len) if file.startswith("tests/every_topic/") and slugs else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByGroup(config, log)


# Lines of the table of where a session's time went.
MOST_LINES = 25


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the seconds of the longest test functions, all their cases together: each process's own, so that they add up to more."""
    seconds, cases = Counter[str](), Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                function = report.nodeid.partition("[")[0]
                seconds[function] += report.duration
                cases[function] += report.when == "call"
    terminalreporter.section("seconds by test function")
    for function, spent in seconds.most_common(MOST_LINES):
        terminalreporter.line(f"{spent:7.0f} s {cases[function]:5} cases  {function}")
