"""Every task of sequences of the catalog keeps the contract."""

import pytest

from searchsvc.testing.sequences import *  # noqa: F403
from spaces import catalog


@pytest.fixture(params=[name for name in catalog.tasks.names() if catalog.tasks.params(name).targets == "sequences"])
def name(request):
    return request.param
