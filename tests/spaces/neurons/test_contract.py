"""Every neuron of the catalog keeps the contract: compiled, where it is, and by its literal steps."""

import pytest

from searchsvc.testing.neurons import *  # noqa: F403
from spaces import catalog, compiled


@pytest.fixture(params=catalog.neurons.names())
def name(request):
    return request.param


@pytest.fixture(autouse=True, params=["compiled", "literal"])
def _path(request, monkeypatch):
    if request.param == "literal":
        monkeypatch.setattr("spaces.compiled.LIBRARIES", {})
    elif not compiled.LIBRARIES:
        pytest.skip("no compiled kernels: install with a C compiler")
