"""What every neuron of the catalog must do. Shapes: T steps, B batch, C channels, H height, W width."""

import pytest
import torch
from torch.testing import assert_close

from spaces import catalog
from spaces.neurons._multi_step import MultiStep

NAMES = catalog.neurons.names()
SHAPES = {"TBC": (4, 3, 2), "TBCHW": (4, 3, 2, 5, 5)}

pytestmark = pytest.mark.parametrize("name", NAMES)
each_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
each_dtype = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)


def make(name, dtype=torch.float32):
    torch.manual_seed(0)
    return catalog.neurons.load(name).Neuron().to(dtype)


def currents(*shape, dtype=torch.float32):
    return 1.5 * torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(1))


@each_shape
@each_dtype
def test_keeps_shape_and_dtype(name, shape, dtype):
    s, _ = make(name, dtype)(currents(*shape, dtype=dtype))
    assert s.shape == shape
    assert s.dtype == dtype


@each_shape
def test_same_input_gives_same_output(name, shape):
    neuron, x = make(name), currents(*shape)
    assert torch.equal(neuron(x)[0], neuron(x)[0])
    assert torch.equal(neuron(x)[0], make(name)(x)[0])


def test_leaves_its_input_as_it_was(name):
    x = currents(4, 3, 2)
    before = x.clone()
    make(name)(x)
    assert torch.equal(x, before)


def test_neurons_do_not_see_each_other(name):
    neuron, x = make(name).double(), currents(6, 4, 3, dtype=torch.float64)
    neuron(x)
    neuron.eval()
    alone = torch.stack([neuron(x[:, b : b + 1])[0].squeeze(1) for b in range(4)], 1)
    assert_close(neuron(x)[0], alone, rtol=1e-12, atol=1e-12)


def test_no_step_sees_a_later_one(name):
    neuron, x = make(name), currents(6, 4, 3)
    neuron(x)
    neuron.eval()
    changed = x.clone()
    changed[4:] += 3
    assert torch.equal(neuron(x)[0][:4], neuron(changed)[0][:4])
    assert not torch.equal(neuron(x)[0][4:], neuron(changed)[0][4:])


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_chunks_with_their_state_equal_the_whole(name, cut):
    neuron, x = make(name), currents(6, 4, 3)
    neuron(x)
    neuron.eval()
    first, state = neuron(x[:cut])
    second, final = neuron(x[cut:], state)
    whole, end = neuron(x)
    assert torch.equal(torch.cat([first, second]), whole)
    assert_close(final, end, rtol=0, atol=0)


@each_shape
def test_gradients_reach_every_input_step_and_are_finite(name, shape):
    x = currents(*shape).requires_grad_()
    s, _ = make(name)(x)
    (s * currents(*shape)).sum().backward()
    assert x.grad.isfinite().all()
    assert all(step.abs().max() > 0 for step in x.grad)


@pytest.mark.parametrize("value", [1e4, -1e4])
def test_huge_inputs_give_finite_spikes_and_gradients(name, value):
    x = (value * torch.ones(6, 4, 3) + currents(6, 4, 3)).requires_grad_()
    neuron = make(name)
    s, _ = neuron(x)
    s.sum().backward()
    assert s.isfinite().all()
    assert x.grad.isfinite().all()


def test_spikes_are_binary_unless_mixed(name):
    s, _ = make(name)(currents(6, 4, 3))
    assert set(s.unique().tolist()) == {0.0, 1.0} or name == "super_neuron"


def test_module_and_parameter_model_agree(name):
    model = catalog.neurons.params(name)
    neuron = make(name)
    assert isinstance(neuron, MultiStep)
    assert neuron.params == model()
    assert type(neuron.params) is model
    assert model().name == name


def test_repr_shows_every_parameter(name):
    neuron = make(name)
    for field, value in neuron.params:
        assert field == "name" or f"{field}={value!r}" in neuron.extra_repr()


def test_parameters_survive_json(name):
    model = catalog.neurons.params(name)
    floats = {k: v + 0.3 for k, v in model() if isinstance(v, float)}
    params = model(**floats)
    assert model.model_validate_json(params.model_dump_json()) == params
    assert all(getattr(params, field) == value for field, value in floats.items())


def test_operations_are_not_negative_and_grow_with_the_input(name):
    neuron, x = make(name), currents(6, 4, 3)
    one = neuron.operations(x, neuron(x)[0])
    two = neuron.operations(x.repeat(1, 2, 1), neuron(x.repeat(1, 2, 1))[0])
    assert min(one) >= 0
    assert one.macs > 0
    assert two == tuple(2 * count for count in one)


def test_detach_reset_changes_the_gradient_only(name):
    gradients, spikes = [], []
    for detach in (False, True):
        torch.manual_seed(0)
        neuron = catalog.neurons.load(name).Neuron(with_detach_reset(name, detach))
        x = currents(6, 4, 3).requires_grad_()
        s, _ = neuron(x)
        (s * currents(6, 4, 3)).sum().backward()
        gradients.append(x.grad)
        spikes.append(s)
    assert torch.equal(*spikes)
    assert not torch.allclose(*gradients)


def with_detach_reset(name, detach):
    model = catalog.neurons.params(name)
    if "detach_reset" in model.model_fields:
        return model(detach_reset=detach)
    return model(candidates=[{"name": c.name, "detach_reset": detach} for c in model().candidates])
