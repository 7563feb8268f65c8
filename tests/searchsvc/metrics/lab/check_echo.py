"""The contract of tasks of sequences, as a plugin takes it; `test_minimised` runs it."""

import pytest

from searchsvc.testing.sequences import *  # noqa: F403 - a suite


@pytest.fixture
def name():
    return "echo"
