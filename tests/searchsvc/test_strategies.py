"""Every strategy of the catalog keeps the contract."""

import pytest

from searchsvc import jobs, strategies
from searchsvc.testing.strategies import *  # noqa: F403
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP

SPECS = {spec["kind"]: spec for spec in (TINY, TINY_SWEEP, TINY_HETEROGENEITY)}


@pytest.fixture(params=SPECS)
def spec(request):
    return SPECS[request.param]


def test_there_is_a_specification_for_every_kind_and_strategy():
    assert set(SPECS) == set(jobs.kinds())
    of_points = {"random", "sobol", "wasserstein_bo"}  # test_point_strategies.py
    used = {jobs.read(spec).strategy_name for spec in SPECS.values()}
    assert used | of_points == set(strategies.catalog.names())
