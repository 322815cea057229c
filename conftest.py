"""Shares the fixtures of tests/ with the topics' tests, and assigns tests to processes."""

from __future__ import annotations

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
    return max(slugs, key=len) if file == "tests/test_every_topic.py" and slugs else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByGroup(config, log)
