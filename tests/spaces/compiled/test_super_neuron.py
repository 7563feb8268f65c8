"""The compiled super neuron against its candidates and BatchNorms one by one. Shapes: T steps, B batch, C channels."""

import copy

import pytest
import torch
from torch.testing import assert_close

from spaces import catalog, compiled, costs
from spaces.compiled.super_neuron import MOST
from spaces.compiled.super_neuron import super_neuron as operator
from spaces.multi_step import Stepwise
from spaces.networks import build
from spaces.neurons.params.super_neuron import Params
from spaces.neurons.super_neuron import Neuron

pytestmark = pytest.mark.skipif(not compiled.LIBRARIES, reason="no compiled kernels: install with a C compiler")

NEURONS = {name: catalog.neurons.load(name).Neuron() for name in catalog.neurons.names() if name != "super_neuron"}
COMPILED = [name for name, n in NEURONS.items() if isinstance(n, Stepwise) and n.kernel(torch.float32)]
MIXTURES = [tuple(COMPILED[first : first + MOST]) for first in range(0, len(COMPILED), MOST)]
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}


def normal(seed, *shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def make(candidates, dtype):
    """With an alpha and BatchNorm parameters that are not the initial ones."""
    neuron = Neuron(Params(candidates=candidates)).to(dtype)
    neuron(normal(0, 2, 2, 3, dtype=dtype))
    with torch.no_grad():
        for seed, p in enumerate((neuron.alpha, *neuron.norms.parameters())):
            p.copy_(normal(seed, *p.shape))
    return neuron


def trained(run, neuron, x_TBC):
    """Two chunks joined by their state: outputs, gradients of a random projection of them, and running statistics."""
    x_TBC = x_TBC.clone().requires_grad_()
    first, state = run(x_TBC)
    second, final = run(x_TBC.flip(0), state)
    outputs = (first, second, *(z for candidate in final for z in candidate))
    loss = sum((normal(seed, *z.shape, dtype=z.dtype) * z).sum() for seed, z in enumerate(outputs))
    loss.backward()
    gradients = (x_TBC.grad, *(p.grad for p in neuron.parameters()))
    return [z.detach() for z in outputs], gradients, tuple(neuron.buffers())


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("candidates", [("lif", "llif", "slif"), ("lnm",), *MIXTURES], ids=len)
@pytest.mark.parametrize("trailing", [(), (1,), (5, 7), (30, 30)], ids=str)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_outputs_gradients_and_statistics_are_those_of_the_candidates(dtype, candidates, trailing, training):
    neuron = make(candidates, dtype).train(training)
    literal = copy.deepcopy(neuron)
    assert neuron._kernel(normal(0, 2, 2, 3, dtype=dtype))
    x_TBC = 0.3 + 1.5 * normal(9, 5, 4, 3, *trailing, dtype=dtype)
    for mine, theirs in zip(trained(neuron, neuron, x_TBC), trained(literal.literal, literal, x_TBC), strict=True):
        for a, b in zip(mine, theirs, strict=True):
            scale = float(b.abs().max())
            assert_close(a, b, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * max(1.0, scale))


def test_gradients_are_those_of_finite_differences_of_batch_norm():
    """The kernel's outputs are affine in gain, shift and shares, so differences are exact but for rounding."""
    neuron, x_TBC = make(("lif", "slif"), torch.float64), normal(1, 4, 5, 3)
    w_TBC = normal(2, 4, 5, 3)
    (neuron(x_TBC)[0] * w_TBC).sum().backward()
    for p in (neuron.norms[1].weight, neuron.norms[0].bias):
        before, gradient = p.detach().clone(), p.grad
        for c in range(3):
            ends = []
            for step in (1.0, -1.0):
                with torch.no_grad():
                    p.copy_(before)
                    p[c] += step
                    ends.append((neuron(x_TBC)[0] * w_TBC).sum())
                    p.copy_(before)
            assert_close((ends[0] - ends[1]) / 2, gradient[c], rtol=1e-9, atol=1e-9)


def test_a_frozen_batch_norm_stays_frozen():
    neuron = make(("lif", "slif"), torch.float64)
    neuron.norms[1].eval()
    literal = copy.deepcopy(neuron)
    x_TBC = 0.3 + 1.5 * normal(9, 5, 4, 3)
    for mine, theirs in zip(trained(neuron, neuron, x_TBC), trained(literal.literal, literal, x_TBC), strict=True):
        assert_close(mine, theirs)
    assert neuron.norms[1].num_batches_tracked == literal.norms[1].num_batches_tracked


@pytest.mark.parametrize(
    "listen", ["register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"]
)
def test_who_listens_to_one_candidate_hears_it(listen):
    neuron, heard = make(("lif", "slif"), torch.float64), []
    getattr(neuron.norms[0], listen)(lambda *_: heard.append(1))
    neuron(normal(9, 5, 4, 3).requires_grad_())[0].sum().backward()
    assert len(heard) == 1


def test_weights_stored_by_the_literal_form_load():
    config = {"network": {"name": "vgg", "channels": [4, 4], "strides": [1, 2]}, "neurons": ["super_neuron"] * 2}
    config |= {"input_shape": [1, 8, 8], "classes": 3, "task": "digits"}
    network = build(config, seed=0)
    keys = set(network.state_dict())
    assert {f"layers.0.neuron.norms.2.{k}" for k in ("weight", "running_mean", "num_batches_tracked")} <= keys
    network(normal(0, 4, 1, 8, 8).float())
    assert set(network.state_dict()) == keys
    assert network.state_dict()["layers.1.neuron.norms.0.num_batches_tracked"] == 1


def test_costs_see_every_candidate():
    config = {"network": {"name": "vgg", "channels": [4], "strides": [1]}, "neurons": ["super_neuron"]}
    config |= {"input_shape": [1, 8, 8], "classes": 3, "task": "digits"}
    layers = costs.measure(build(config, seed=0), normal(0, 4, 1, 8, 8).float()).layers
    (neurons,) = (layer for layer in layers if layer.updates)
    assert neurons.updates == 4 * 4 * 64  # steps, channels, positions
    assert neurons.macs >= (1 + 1 + 2 + 2 * 3) * neurons.updates  # LIF, LLIF, SLIF; BatchNorm and share of each


def test_threads_share_the_work_and_change_nothing():
    x_TBC, threads, runs = 1.5 * normal(0, 4, 9, 3, 90, 90, dtype=torch.float32), torch.get_num_threads(), []
    for count in (1, 2):
        torch.set_num_threads(count)
        neuron = make(("lif", "llif", "lnm"), torch.float32)
        runs.append(trained(neuron, neuron, x_TBC))
    torch.set_num_threads(threads)
    assert_close(*runs, rtol=1e-5, atol=1e-2)


@pytest.mark.parametrize("training", [True, False])
def test_is_a_proper_operator_of_torch(training):
    share_K, gain_KC, shift_KC = (normal(0, *s).requires_grad_() for s in ((2,), (2, 3), (2, 3)))
    running_2KC = (
        None if training else torch.rand(2, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    )
    candidates = [catalog.neurons.load(name).Neuron().kernel(torch.float64) for name in ("lif", "plif")]
    learned = torch.full((1,), 0.6, dtype=torch.float64).requires_grad_()
    names, constants = "lif,plif", [number for kernel in candidates for number in kernel.constants()]
    x_TBC = normal(1, 5, 4, 3).requires_grad_()
    arguments = (x_TBC, None, learned, share_K, gain_KC, shift_KC, running_2KC, 1e-5, names, constants, [0, 1])
    torch.library.opcheck(operator, arguments)


@pytest.mark.parametrize("training", [True, False])
def test_channels_that_lie_last_in_memory_change_nothing_but_where_results_lie(training):
    x_TBC = 0.3 + 1.5 * normal(0, 5, 4, 3, 6, 7)
    for neuron in (make(("lif", "llif", "lnm"), torch.float64).train(training), catalog.neurons.load("slif").Neuron()):
        runs = []
        for channels_last in (False, True):
            module = copy.deepcopy(neuron)
            x = x_TBC.movedim(2, 4).contiguous().movedim(4, 2) if channels_last else x_TBC
            runs.append(trained(module, module, x))
            assert module(x)[0].movedim(2, 4).is_contiguous() is channels_last
        for mine, theirs in zip(*runs, strict=True):
            assert_close(tuple(mine), tuple(theirs), rtol=1e-10, atol=1e-10)
