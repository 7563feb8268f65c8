"""Every task of classes of the catalog keeps the contract."""

import pytest

from searchsvc.testing.tasks import *  # noqa: F403
from spaces import catalog


@pytest.fixture(params=[name for name in catalog.tasks.names() if catalog.tasks.params(name).targets == "classes"])
def name(request):
    return request.param
