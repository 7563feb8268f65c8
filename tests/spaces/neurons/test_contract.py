"""Every neuron of the catalog keeps the contract."""

import pytest

from searchsvc.testing.neurons import *  # noqa: F403
from spaces import catalog


@pytest.fixture(params=catalog.neurons.names())
def name(request):
    return request.param
