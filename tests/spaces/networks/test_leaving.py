"""Every network of the catalog leaves by what people use, compiled, where it is, and by its literal steps."""

import pytest

from searchsvc.testing.leaving import *  # noqa: F403
from spaces import catalog, compiled


@pytest.fixture(params=catalog.networks.names())
def name(request):
    return request.param


@pytest.fixture(autouse=True, params=["compiled", "literal"])
def _path(request, monkeypatch):
    if request.param == "literal":
        monkeypatch.setattr("spaces.compiled.LIBRARIES", {})
    elif not compiled.LIBRARIES:
        pytest.skip("no compiled kernels: install with a C compiler")
