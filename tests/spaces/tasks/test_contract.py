"""Every task of the catalog keeps the contract."""

import pytest

from searchsvc.testing.tasks import *  # noqa: F403
from spaces import catalog


@pytest.fixture(params=catalog.tasks.names())
def name(request):
    return request.param
