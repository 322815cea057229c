"""The fixtures of tests/, for the tests that stand beside their topics, and which tests must share a process."""

from __future__ import annotations

import pytest

from tests.conftest import *  # noqa: F403


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups for `pytest -n`: one browser with one server, a topic's runs of tests/test_every_topic.py, else a file."""
    for item in items:
        file = item.location[0]
        values = getattr(item, "callspec", None)
        if file.startswith("tests/browser/"):
            group = "browser"
        elif file.endswith("test_every_topic.py") and values is not None and "slug" in values.params:
            group = f"topic {values.params['slug']}"
        else:
            group = file
        item.add_marker(pytest.mark.xdist_group(group))
