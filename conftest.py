"""Shares the fixtures of tests/ with the topics' tests, and assigns tests to processes."""

from __future__ import annotations

from typing import Any

import pytest

from playground import catalog
from tests.conftest import *  # noqa: F403

# They use a server with the real model, one in each of two processes.
ON_THE_REAL_SERVER = ("tests/browser/test_chat.py", "tests/browser/test_topics.py")
_REAL_SERVER = "the real server"


def group_of(test: str) -> str:
    """Groups tests that share a process of `pytest -n`: those of every other topic on a real server, a topic's runs, else a file."""
    file, _, rest = test.partition("::")
    parameters = rest.partition("[")[2]
    slugs = [topic.slug for topic in catalog.topics()]
    slug = max((slug for slug in slugs if slug in parameters), key=len, default="")
    if file in ON_THE_REAL_SERVER:
        return f"{_REAL_SERVER} {slugs.index(slug) % 2 if slug else 0}"
    return slug if file == "tests/test_every_topic.py" and slug else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests on the real server last: they draw what the others have computed by then."""
    items.sort(key=lambda item: group_of(item.nodeid).startswith(_REAL_SERVER))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByGroup(config, log)
