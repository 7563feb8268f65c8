"""Super neuron. Shapes: T steps, B batch, C channels, H height, W width."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.testing import assert_close

from spaces import catalog
from spaces.errors import UserError
from spaces.neurons.params.super_neuron import Params
from spaces.neurons.super_neuron import Neuron
from spaces.part import Operations

NAMES = ("lif", "llif", "slif")
PLAIN = tuple(name for name in catalog.neurons.names() if name != "super_neuron")


def currents(*shape):
    return 1.5 * torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def softmax(values):
    exponentials = [math.exp(v) for v in values]
    return [e / sum(exponentials) for e in exponentials]


def batch_norm(s_TBC, mean_C, var_C, scale_C, shift_C):
    shape = (1, 1, -1, *(1,) * (s_TBC.dim() - 3))
    mean, var, scale, shift = (z.reshape(shape) for z in (mean_C, var_C, scale_C, shift_C))
    return (s_TBC - mean) / torch.sqrt(var + 1e-5) * scale + shift


@pytest.fixture
def neuron():
    """With an alpha and BatchNorm parameters that are not the initial ones."""
    torch.manual_seed(0)
    neuron = Neuron().double()
    neuron(torch.randn(2, 2, 3, 4, 4, dtype=torch.float64))
    with torch.no_grad():
        neuron.alpha.copy_(torch.tensor([0.3, -1.0, 0.7], dtype=torch.float64))
        for norm in neuron.norms:
            norm.weight.normal_()
            norm.bias.normal_()
    return neuron


@pytest.mark.parametrize("trailing", [(3,), (3, 4, 4)], ids=["TBC", "TBCHW"])
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_is_the_softmax_weighted_sum_of_normalised_candidates(neuron, trailing, training):
    neuron.train(training)
    x = 2 * torch.randn(5, 6, *trailing, dtype=torch.float64)
    over = [axis for axis in range(x.dim()) if axis != 2]
    expected = torch.zeros_like(x)
    for name, share, norm in zip(NAMES, softmax([0.3, -1.0, 0.7]), neuron.norms, strict=True):
        s, _ = catalog.neurons.load(name).Neuron()(x)
        mean, var = (s.mean(over), s.var(over, correction=0)) if training else (norm.running_mean, norm.running_var)
        expected += share * batch_norm(s, mean.clone(), var.clone(), norm.weight, norm.bias)
    assert_close(neuron(x)[0], expected, rtol=1e-10, atol=1e-12)


@given(
    names=st.lists(st.sampled_from(PLAIN), min_size=1, max_size=len(PLAIN), unique=True),
    alpha=arrays(np.float64, len(PLAIN), elements=st.floats(-3, 3)),
)
def test_mixes_any_subset_of_all_neurons(names, alpha):
    neuron, x = Neuron(Params(candidates=names)).double(), currents(5, 6, 3)
    with torch.no_grad():
        neuron.alpha.copy_(torch.tensor(alpha[: len(names)]))
    expected = torch.zeros_like(x)
    for name, share in zip(names, softmax(alpha[: len(names)]), strict=True):
        s, _ = catalog.neurons.load(name).Neuron().double()(x)
        expected += share * (s - s.mean((0, 1))) / torch.sqrt(s.var((0, 1), correction=0) + 1e-5)
    assert_close(neuron(x)[0], expected, rtol=1e-10, atol=1e-9)


def test_learned_parameters_of_candidates_are_weights():
    neuron = Neuron(Params(candidates=PLAIN))
    learned = {name for name, _ in neuron.named_parameters() if not name.startswith("norms.")}
    own = [[p for p, _ in catalog.neurons.load(name).Neuron().named_parameters()] for name in PLAIN]
    assert learned == {"alpha", *(f"neurons.{k}.{p}" for k, parameters in enumerate(own) for p in parameters)}
    assert own[PLAIN.index("lnm")] == ["theta"] and own[PLAIN.index("plif")] == ["a"]
    s, _ = neuron(currents(5, 6, 3).float())
    (s * torch.randn_like(s)).sum().backward()
    assert all(p.grad.abs().max() > 0 for name, p in neuron.named_parameters() if name in learned)


def test_every_candidate_has_batch_statistics_of_its_own():
    neuron, x = Neuron(), 2 * torch.randn(5, 6, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    neuron(x)
    for name, norm in zip(NAMES, neuron.norms, strict=True):
        s, _ = catalog.neurons.load(name).Neuron()(x)
        assert_close(norm.running_mean, 0.1 * s.mean((0, 1, 3, 4)))  # from 0, momentum 0.1


def test_a_dominant_alpha_leaves_one_candidate(neuron):
    neuron.eval()
    with torch.no_grad():
        neuron.alpha.copy_(torch.tensor([-500.0, 500.0, -500.0]))
    x = torch.randn(5, 6, 3, dtype=torch.float64)
    norm = neuron.norms[1]
    s, _ = catalog.neurons.load("llif").Neuron()(x)
    expected = batch_norm(s, norm.running_mean, norm.running_var, norm.weight, norm.bias)
    assert_close(neuron(x)[0], expected, rtol=1e-10, atol=1e-12)


def test_alpha_has_a_gradient_and_one_entry_a_candidate(neuron):
    s, _ = neuron(torch.randn(5, 6, 3, dtype=torch.float64))
    (s * torch.randn_like(s)).sum().backward()
    assert neuron.alpha.shape == (3,)
    assert neuron.alpha.grad.abs().min() > 0


def test_gradient_of_alpha_is_that_of_a_softmax_mixture(neuron):
    """d/dalpha_k sum_j p_j a_j = p_k (a_k - sum_j p_j a_j), with a_j the projected output of candidate j alone."""
    neuron.eval()
    x, w = torch.randn(2, 5, 6, 3, dtype=torch.float64).unbind(0)
    (neuron(x)[0] * w).sum().backward()
    a = []
    for name, norm in zip(NAMES, neuron.norms, strict=True):
        s, _ = catalog.neurons.load(name).Neuron()(x)
        a.append((batch_norm(s, norm.running_mean, norm.running_var, norm.weight, norm.bias) * w).sum().item())
    p = softmax([0.3, -1.0, 0.7])
    mixture = sum(share * value for share, value in zip(p, a, strict=True))
    assert neuron.alpha.grad.tolist() == pytest.approx(
        [share * (value - mixture) for share, value in zip(p, a, strict=True)], rel=1e-10
    )


def test_candidates_keep_their_parameters():
    params = Params(candidates=({"name": "lif", "tau": 7.0}, "slif"))
    neuron = Neuron(params)
    assert [candidate.params.name for candidate in neuron.neurons] == ["lif", "slif"]
    assert neuron.neurons[0].params.tau == 7.0
    assert neuron.alpha.shape == (2,)


def test_a_super_neuron_is_no_candidate():
    with pytest.raises(ValueError, match="super_neuron"):
        Params(candidates=("lif", "super_neuron"))


def test_operations_are_two_macs_a_candidate_and_value():
    x = torch.randn(3, 1, 2)
    neuron = Neuron()
    s, _ = neuron(x)
    assert neuron.operations(x, s) == Operations(macs=2 * 3 * 6)


@pytest.mark.parametrize("shape", [(3, 2, 5), (3, 2, 3), (3, 2, 5, 4, 4), (3, 4)], ids=str)
def test_other_channels_than_those_of_its_norms_are_refused_and_not_read(shape):
    neuron = Neuron().eval()
    neuron(torch.randn(3, 2, 4))
    given = "give (steps, batch, channels, ...)" if len(shape) < 3 else "give (steps, batch, 4 channels, ...)"
    with pytest.raises(UserError, match=re.escape(f"super neuron: got an input of shape {shape}; {given}")):
        neuron(torch.randn(shape))
