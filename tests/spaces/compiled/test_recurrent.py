"""Compiled recurrent neurons against a loop over their steps. Shapes: T steps, B batch, N neurons."""

import pytest
import torch
from torch.testing import assert_close

from spaces import catalog, compiled
from spaces.compiled.library import PLANES
from spaces.compiled.recurrent import recurrent as operator
from spaces.networks.recurrent import Recurrent
from spaces.synapses import filtered, linear

pytestmark = pytest.mark.skipif(not compiled.LIBRARIES, reason="no compiled kernels: install with a C compiler")

NEURONS = ("lif", "llif", "slif", "alif", "plif", "lnm")
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}


def normal(seed, *shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def trained(run, module, x_TBN):
    """Two chunks joined by their state: spikes, last state, and every gradient of a random projection of them."""
    x_TBN = x_TBN.clone().requires_grad_()
    first, state = run(x_TBN)
    second, (fed, _, final) = run(x_TBN.flip(0), state)
    outputs = (first, second, fed, *final)
    loss = sum((normal(seed, *z.shape, dtype=z.dtype) * z).sum() for seed, z in enumerate(outputs))
    return [z.detach() for z in outputs], torch.autograd.grad(loss, (x_TBN, *module.parameters()))


@pytest.mark.parametrize("name", NEURONS)
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("steps", [1, 9])
def test_spikes_states_and_gradients_are_those_of_the_loop(name, dtype, steps):
    torch.manual_seed(0)
    module = Recurrent(70, catalog.neurons.load(name).Neuron()).to(dtype)
    x_TBN = 0.3 + 1.5 * normal(0, steps, 9, 70, dtype=dtype)
    (mine, gradients), (theirs, literal) = (trained(run, module, x_TBN) for run in (module, module.literal))
    assert torch.equal(mine[0], theirs[0])
    assert torch.equal(mine[1], theirs[1])
    assert 0.05 < mine[0].mean() < 0.95
    for a, b in zip((*mine, *gradients), (*theirs, *literal), strict=True):
        assert_close(a, b, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * max(1.0, float(b.abs().max())))


def test_who_listens_to_steps_hears_every_one():
    module, heard = Recurrent(3, catalog.neurons.load("lif").Neuron()), []
    module.neuron.register_forward_hook(lambda *_: heard.append(1))
    module(torch.zeros(5, 2, 3))
    assert len(heard) == 5


@pytest.mark.parametrize(
    "synapse", [linear.Synapse(linear.Params(), 3, 3, bias=True), filtered.Synapse(filtered.Params(), 3, 3)], ids=type
)
def test_another_synapse_is_used_as_it_is(synapse):
    module, x_TBN = Recurrent(3, catalog.neurons.load("lif").Neuron()), 1.5 * normal(0, 5, 2, 3).float()
    module.synapse = synapse
    assert torch.equal(module(x_TBN)[0], module.literal(x_TBN)[0])


def test_a_sequence_without_a_batch_runs():
    module, x_TN = Recurrent(3, catalog.neurons.load("lif").Neuron()), 1.5 * normal(0, 5, 3).float()
    assert torch.equal(module(x_TN)[0], module.literal(x_TN)[0])


@pytest.mark.parametrize("name", ["lif", "plif"])
@pytest.mark.parametrize("resumed", [False, True])
def test_is_a_proper_operator_of_torch(name, resumed):
    kernel = catalog.neurons.load(name).Neuron().kernel(torch.float64)
    learned = None if kernel.learned is None else kernel.learned.detach().double().requires_grad_()
    state = normal(3, PLANES[name], 4, 3).requires_grad_() if resumed else None
    tensors = (normal(0, 5, 4, 3), normal(1, 3, 3), normal(2, 4, 3))
    tensors = [z.requires_grad_() for z in tensors]
    torch.library.opcheck(operator, (*tensors, state, learned, None, name, kernel.constants()))
