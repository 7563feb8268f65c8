"""Each race that a protection is for, once; that its loss would be noticed, `test_chaos` shows with mutants."""

import pytest

from tests.faults import directed, specs
from tests.faults.checker import Golden


@pytest.fixture(scope="module")
def golden(scripted: None) -> Golden:
    return specs.scores(specs.SPECS[1])


@pytest.mark.parametrize("name", directed.SCENARIOS)
def test_nothing_is_lost_or_doubled(name: str, golden: Golden) -> None:
    assert directed.play(name, golden) == []
