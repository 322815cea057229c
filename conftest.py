"""The fixtures of tests/, for the tests that stand beside their topics."""

from tests.conftest import *  # noqa: F403
