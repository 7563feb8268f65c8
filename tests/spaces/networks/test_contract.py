"""Every network of the catalog keeps the contract."""

import pytest

from searchsvc.testing.networks import *  # noqa: F403
from spaces import catalog


@pytest.fixture(params=catalog.networks.names())
def name(request):
    return request.param
