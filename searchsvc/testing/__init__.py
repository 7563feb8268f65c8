"""Contract suites: what every neuron, synapse, network, task and strategy must do, for ours and for those of plugins.

A test module of a plugin names its members and takes a suite's tests::

    import pytest
    from searchsvc.testing.neurons import *

    @pytest.fixture(params=["refractory_lif"])
    def name(request):
        return request.param

Needs pytest. ``pytest.register_assert_rewrite("searchsvc.testing")`` in a ``conftest.py`` makes failures say more.
"""
