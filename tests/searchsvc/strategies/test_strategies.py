"""Every strategy of the catalog keeps the contract."""

import pytest

from searchsvc import strategies
from searchsvc.testing.strategies import *  # noqa: F403


@pytest.fixture(params=strategies.catalog.names())
def name(request):
    return request.param
