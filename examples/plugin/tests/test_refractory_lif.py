"""The contract that every neuron keeps, and what is special to this one."""

import pytest
import torch

from searchsvc.testing.neurons import *  # noqa: F403
from spaces import catalog


@pytest.fixture(params=["refractory_lif"])
def name(request):
    return request.param


def spikes(x_TB, **fields):
    name = fields.pop("name", "refractory_lif")
    return catalog.neurons.load(name).Neuron(catalog.neurons.params(name)(**fields))(x_TB)[0]


@pytest.mark.parametrize(("refractory", "period"), [(0, 1), (1, 2), (3, 4)])
def test_it_rests_after_a_spike(refractory, period):
    expected = torch.tensor([float(t % period == 0) for t in range(12)])
    assert torch.equal(spikes(torch.full((12, 1), 1.5), refractory=refractory).squeeze(), expected)


def test_without_a_refractory_period_it_is_lif():
    x_TB = 1.5 * torch.randn(20, 50, generator=torch.Generator().manual_seed(0))
    assert torch.equal(spikes(x_TB, refractory=0), spikes(x_TB, name="lif"))
