"""Neurons and costs against SpikingJelly, snnTorch and NeuroBench, parameters mapped. Shapes: T steps, N neurons."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from spaces import costs
from spaces.gradients.params import Arctan, Sigmoid, Triangle
from spaces.gradients.spike import spike
from spaces.neurons import alif, lif, plif

MISSING = "is not installed: pip install --no-deps loguru neurobench snntorch spikingjelly"


@pytest.fixture(scope="module")
def jelly():
    return pytest.importorskip("spikingjelly.activation_based.neuron", reason=f"SpikingJelly {MISSING}")


@pytest.fixture(scope="module")
def jelly_surrogates():
    surrogate = pytest.importorskip("spikingjelly.activation_based.surrogate", reason=f"SpikingJelly {MISSING}")
    return {"triangle": surrogate.PiecewiseQuadratic, "arctan": surrogate.ATan, "sigmoid": surrogate.Sigmoid}


@pytest.fixture(scope="module")
def snntorch():
    return pytest.importorskip("snntorch", reason=f"snnTorch {MISSING}")


smooth = (
    st.builds(Triangle, height=st.floats(0.3, 2))
    | st.builds(Arctan, alpha=st.floats(0.5, 4))
    | st.builds(Sigmoid, alpha=st.floats(0.5, 6))
)


def theirs(surrogate, jelly_surrogates):
    slope = surrogate.height if isinstance(surrogate, Triangle) else surrogate.alpha
    return jelly_surrogates[surrogate.name](alpha=slope)


def currents(seed, steps=12):
    return torch.randn(steps, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 1.5


def trained(run, x_TN, *parameters):
    """Spikes, and the gradients of a random projection of them."""
    x_TN = x_TN.clone().requires_grad_()
    s_TN = run(x_TN)
    w_TN = torch.randn(s_TN.shape, generator=torch.Generator().manual_seed(0)).double()
    return (s_TN.detach(), *torch.autograd.grad((w_TN * s_TN).sum(), (x_TN, *parameters)))


def ours(neuron):
    return lambda x_TN: neuron(x_TN)[0]


def stepwise(leaky):
    """snnTorch's neurons step by step, from a membrane at rest; their spikes are always float32."""

    def run(x_TN):
        v_N, spikes = torch.zeros_like(x_TN[0]), []
        for x_N in x_TN:
            s_N, v_N = leaky(x_N, v_N)
            spikes.append(s_N.double())
        return torch.stack(spikes)

    return run


@given(x=st.floats(-6, 6), surrogate=smooth)
def test_surrogates_are_those_of_spikingjelly(jelly_surrogates, x, surrogate):
    gradients = []
    for function in (lambda z: spike(z, surrogate), theirs(surrogate, jelly_surrogates)):
        z = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        function(z).backward()
        gradients.append(z.grad)
    assert_close(*gradients, rtol=1e-9, atol=1e-14)


@given(seed=st.integers(0, 1000), tau=st.floats(0.5, 20), surrogate=smooth, detach=st.booleans())
def test_lif_is_that_of_spikingjelly(jelly, jelly_surrogates, seed, tau, surrogate, detach):
    """It keeps 1 - 1/tau where ours keeps exp(-1/tau); its input enters whole when `decay_input` is off."""
    node = jelly.LIFNode(
        tau=1 / (1 - math.exp(-1 / tau)),
        decay_input=False,
        surrogate_function=theirs(surrogate, jelly_surrogates),
        detach_reset=detach,
        step_mode="m",
    )
    neuron = lif.Neuron(lif.Params(tau=tau, surrogate=surrogate, detach_reset=detach))
    mine, other = trained(ours(neuron), currents(seed)), trained(node, currents(seed))
    assert 0 < mine[0].mean() < 1
    assert_close(mine, other, rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 1000), tau=st.floats(1.1, 20), surrogate=smooth, detach=st.booleans())
def test_plif_is_that_of_spikingjelly(jelly, jelly_surrogates, seed, tau, surrogate, detach):
    """With the gradient of its learned time constant, under the same parametrisation."""
    node = jelly.ParametricLIFNode(
        init_tau=tau,
        decay_input=False,
        surrogate_function=theirs(surrogate, jelly_surrogates),
        detach_reset=detach,
        step_mode="m",
    ).double()
    neuron = plif.Neuron(plif.Params(surrogate=surrogate, detach_reset=detach)).double()
    with torch.no_grad():
        neuron.a.copy_(node.w)
    mine, other = trained(ours(neuron), currents(seed), neuron.a), trained(node, currents(seed), node.w)
    assert_close(mine, other, rtol=1e-9, atol=1e-11)


@given(seed=st.integers(0, 1000), tau=st.floats(0.5, 20), alpha=st.floats(0.5, 4))
def test_lif_is_that_of_snntorch(snntorch, seed, tau, alpha):
    """It detaches its reset."""
    leaky = snntorch.Leaky(
        beta=torch.tensor(math.exp(-1 / tau), dtype=torch.float64),
        reset_mechanism="zero",
        spike_grad=snntorch.surrogate.atan(alpha=alpha),
    )
    neuron = lif.Neuron(lif.Params(tau=tau, surrogate=Arctan(alpha=alpha), detach_reset=True))
    mine, other = trained(ours(neuron), currents(seed)), trained(stepwise(leaky), currents(seed))
    assert 0 < mine[0].mean() < 1
    assert_close(mine, other, rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 1000), tau=st.floats(0.5, 20))
def test_alif_that_does_not_adapt_is_snntorch_s_lif_with_reset_by_subtraction(snntorch, seed, tau):
    leaky = snntorch.Leaky(
        beta=torch.tensor(math.exp(-1 / tau), dtype=torch.float64),
        reset_mechanism="subtract",
        spike_grad=snntorch.surrogate.atan(alpha=2.0),
    )
    neuron = alif.Neuron(alif.Params(tau=tau, beta=0, surrogate=Arctan(alpha=2.0), detach_reset=True))
    mine, other = trained(ours(neuron), currents(seed)), trained(stepwise(leaky), currents(seed))
    assert_close(mine, other, rtol=1e-9, atol=1e-12)


SYNAPSES = {
    "linear": (nn.Linear(6, 4), (6,)),
    "convolution": (nn.Conv2d(2, 3, 3, stride=2, padding=1, bias=False), (2, 7, 6)),
    "pointwise": (nn.Conv2d(2, 3, 1), (2, 4, 4)),
    "grouped": (nn.Conv2d(4, 6, 3, padding=1, groups=2), (4, 5, 5)),
}
each_synapse = pytest.mark.parametrize(("synapse", "shape"), SYNAPSES.values(), ids=SYNAPSES)


def inputs(shape, spikes):
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(3, *shape, generator=generator)
    return (x < 0.3).float() if spikes else x + 0.1


@each_synapse
def test_operations_are_those_that_spikingjelly_counts(synapse, shape):
    """Its multiply-accumulations are those of analogue inputs, its synaptic operations those that a spike causes."""
    counter = pytest.importorskip("spikingjelly.activation_based.op_counter", reason=f"SpikingJelly {MISSING}")
    for spikes in (False, True):
        x = inputs(shape, spikes)
        macs, sops = counter.MACCounter(), counter.SynOpCounter()
        with torch.no_grad(), counter.DispatchCounterMode([macs, sops]):
            synapse(x)
        (layer,) = costs.measure(synapse, x).layers
        assert (3 * layer.macs, 3 * layer.sops) == pytest.approx((macs.get_total(), sops.get_total()))
        assert (layer.sops > 0) is spikes


@each_synapse
def test_synaptic_operations_are_those_that_neurobench_counts(synapse, shape):
    layers = pytest.importorskip("neurobench.metrics.utils.layers", reason=f"NeuroBench {MISSING}")
    x = inputs(shape, spikes=True)
    with torch.no_grad():
        counted, spiking = layers.single_layer_MACs(x, synapse)
    (layer,) = costs.measure(synapse, x).layers
    assert spiking
    assert 3 * layer.sops == pytest.approx(counted)
