"""The contract that every strategy keeps, and what is special to this one."""

import pytest
from refractory_neurons.strategies.halton import radical_inverse
from scipy.stats import qmc

from searchsvc.testing.strategies import *  # noqa: F403


@pytest.fixture(params=["halton"])
def name(request):
    return request.param


def test_it_is_the_sequence_that_scipy_has():
    expected = qmc.Halton(3, scramble=False).random(50)
    assert [[radical_inverse(i, p) for p in (2, 3, 5)] for i in range(50)] == pytest.approx(expected)
