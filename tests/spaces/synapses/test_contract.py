"""Every synapse of the catalog keeps the contract."""

import pytest

from searchsvc.testing.synapses import *  # noqa: F403
from spaces import catalog


@pytest.fixture(params=catalog.synapses.names())
def name(request):
    return request.param
