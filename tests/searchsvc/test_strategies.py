"""Every strategy of the catalog keeps the contract."""

import pytest

from searchsvc import jobs, strategies
from searchsvc.testing.strategies import *  # noqa: F403
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP

OF_POINTS = ["random", "sobol", {"name": "wasserstein_bo", "initial": 2}]
SPECS = [TINY, TINY_SWEEP, *({**TINY_HETEROGENEITY, "strategy": strategy} for strategy in OF_POINTS)]


@pytest.fixture(params=SPECS, ids=lambda spec: jobs.read(spec).strategy_name)
def spec(request):
    return request.param


def test_there_is_a_specification_for_every_kind_and_strategy():
    read = [jobs.read(spec) for spec in SPECS]
    assert {job.kind for job in read} == set(jobs.kinds())
    assert {job.strategy_name for job in read} == set(strategies.catalog.names())
