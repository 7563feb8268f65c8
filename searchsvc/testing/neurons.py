"""What every neuron must do; `name` is the fixture that says which.

Shapes: T steps, B batch, C channels, H height, W width.
"""

import copy
import json
import pickle

import pytest
import torch
from torch.testing import assert_close

from spaces import catalog, configuration
from spaces.multi_step import MultiStep
from spaces.networks import build

SHAPES = {"TBC": (4, 3, 2), "TBCHW": (4, 3, 2, 5, 5)}

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


def test_samples_do_not_see_each_other(name):
    neuron, x = make(name).double(), currents(6, 4, 3, dtype=torch.float64)
    neuron(x)
    neuron.eval()
    alone = torch.stack([neuron(x[:, b : b + 1])[0].squeeze(1) for b in range(4)], 1)
    assert_close(neuron(x)[0], alone, rtol=1e-12, atol=1e-12)


def test_neurons_of_a_sample_see_each_other_if_the_neuron_says_so(name):
    neuron, x = make(name), currents(6, 4, 3)
    neuron(x)
    changed = x.clone()
    changed[:, :, 0] += 3
    alone = torch.equal(neuron.eval()(x)[0][:, :, 1:], neuron(changed)[0][:, :, 1:])
    assert alone is not neuron.lateral


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


def test_a_printed_network_names_each_neuron_with_its_parameters(name):
    around = {"network": {"name": "vgg", "channels": [2, 2]}, "input_shape": [1, 8, 8], "classes": 2, "task": "digits"}
    given = catalog.neurons.params(name)(**{k: v + 0.3 for k, v in make(name).params if isinstance(v, float)})
    network = build({**around, "neurons": [given.model_dump(mode="json")] * 2})
    said = repr(network).split(f"(neuron): {name}(")[1:]
    assert len(said) == 2
    for field, value in given:
        assert field == "name" or all(f"{field}={value!r}" in one for one in said)
    assert "name=" not in repr(network)


def test_parameters_survive_json(name):
    model = catalog.neurons.params(name)
    floats = {k: v + 0.3 for k, v in model() if isinstance(v, float)}
    params = model(**floats)
    assert model.model_validate_json(params.model_dump_json()) == params
    assert all(getattr(params, field) == value for field, value in floats.items())


def test_a_neuron_read_from_a_configuration_is_the_same_neuron(name):
    model = catalog.neurons.params(name)
    given = model(**{k: v + 0.3 for k, v in model() if isinstance(v, float)}).model_dump(mode="json")
    around = {"network": {"name": "vgg", "channels": [2]}, "input_shape": [1, 8, 8], "classes": 2, "task": "digits"}
    stored = configuration.read({**around, "neurons": [given]}).model_dump_json()
    neurons = []
    for params in (model(**given), configuration.read(json.loads(stored)).neurons[0]):
        torch.manual_seed(0)
        neurons.append(catalog.neurons.load(name).Neuron(params))
    x = currents(6, 4, 3)
    assert torch.equal(neurons[0](x)[0], neurons[1](x)[0])
    assert repr(neurons[0]) == repr(neurons[1])


@pytest.mark.parametrize("surrogate", ["triangle", "rectangle", "arctan", "sigmoid", "multi_gaussian"])
def test_every_surrogate_changes_the_gradient_only(name, surrogate):
    runs = []
    for fields in ({"surrogate": surrogate}, {"surrogate": {"name": "triangle", "height": 0.3}}):
        torch.manual_seed(0)
        neuron = catalog.neurons.load(name).Neuron(with_fields(name, **fields))
        x = currents(6, 4, 3).requires_grad_()
        s, _ = neuron(x)
        (s * currents(6, 4, 3)).sum().backward()
        assert x.grad.isfinite().all()
        runs.append((s, x.grad))
    assert torch.equal(runs[0][0], runs[1][0])
    assert not torch.allclose(runs[0][1], runs[1][1])


def test_under_autocast_it_keeps_the_type_of_its_input(name):
    linear, neuron = torch.nn.Linear(3, 3), make(name)
    with torch.autocast("cpu", torch.bfloat16):
        current = linear(currents(6, 4, 3))
        s, _ = neuron(current)
    (s * currents(6, 4, 3)).sum().backward()
    assert current.dtype == s.dtype == torch.bfloat16
    assert s.isfinite().all()
    assert linear.weight.grad.dtype == torch.float32
    assert linear.weight.grad.isfinite().all()
    assert linear.weight.grad.abs().max() > 0


@pytest.mark.filterwarnings(  # all are of torch's compiler about itself
    "ignore:.*should not be instantiated:DeprecationWarning",
    "ignore:The .grad attribute of a Tensor:UserWarning",
    "ignore:Guards may run slower on Python 3.13.0:RuntimeWarning",
)
def test_compiles_as_one_graph_and_gives_the_same(name):
    torch.compiler.reset()
    neuron = make(name, torch.float64)
    neuron(currents(3, 4, 3, dtype=torch.float64))  # gives lazy layers their shapes
    runs = []
    for run in (neuron, torch.compile(neuron, fullgraph=True, backend="aot_eager")):
        x = currents(3, 4, 3, dtype=torch.float64).requires_grad_()
        neuron.zero_grad()
        s, state = run(x)
        s, _ = run(x, state)
        (s * currents(3, 4, 3, dtype=torch.float64)).sum().backward()
        runs.append((s, x.grad, *(p.grad for p in neuron.parameters())))
    assert_close(runs[0], runs[1], rtol=1e-12, atol=1e-12)


def evaluated(name):
    """A neuron in double precision that has its shapes, and an input."""
    neuron, x = make(name, torch.float64), currents(6, 4, 3, dtype=torch.float64)
    neuron(x)
    return neuron.eval().requires_grad_(False), x


def test_copied_pickled_and_loaded_it_gives_the_same(name):
    neuron, x = evaluated(name)
    torch.manual_seed(1)
    other = catalog.neurons.load(name).Neuron().double().eval()
    other.load_state_dict(neuron.state_dict())
    for same in (copy.deepcopy(neuron), pickle.loads(pickle.dumps(neuron)), other):
        assert torch.equal(same(x)[0], neuron(x)[0])


def test_made_on_another_device_it_has_its_parameters_there(name):
    with torch.device("meta"):
        neuron = catalog.neurons.load(name).Neuron()
    assert {p.device.type for p in neuron.parameters()} <= {"meta"}


def test_mapped_over_single_samples_it_gives_what_it_gives_together(name):
    neuron, x = evaluated(name)
    alone = torch.func.vmap(lambda x: neuron(x[:, None])[0][:, 0], 1, 1)(x)
    assert_close(alone, neuron(x)[0])


def test_per_sample_gradients_are_those_of_each_alone(name):
    neuron, x = evaluated(name)
    alone = torch.func.vmap(torch.func.grad(lambda x: (neuron(x[:, None])[0] ** 2).sum()), 1, 1)(x)
    x = x.clone().requires_grad_()
    (neuron(x)[0] ** 2).sum().backward()
    assert_close(alone, x.grad)


@pytest.mark.filterwarnings("ignore:`torch.jit.:DeprecationWarning")
def test_a_trace_takes_and_gives_its_state(name):
    neuron, x = evaluated(name)
    _, state = neuron(x)
    traced = torch.jit.trace(neuron, (x, state))
    for run in (traced, neuron):  # a trace gives plain tuples
        s, final = run(x.flip(0), traced(x, state)[1])
        expected, end = neuron(x.flip(0), neuron(x, state)[1])
        assert_close(s, expected)
        assert_close(torch.utils._pytree.tree_leaves(final), torch.utils._pytree.tree_leaves(end))


def test_architecture_parameters_are_those_of_the_super_neuron_alone(name):
    """Training tells them from weights by their name."""
    found = [n for n, _ in make(name).named_parameters() if n.split(".")[-1] == "alpha"]
    assert found == (["alpha"] if name == "super_neuron" else [])


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
        neuron = catalog.neurons.load(name).Neuron(with_fields(name, detach_reset=detach))
        x = currents(6, 4, 3).requires_grad_()
        s, _ = neuron(x)
        (s * currents(6, 4, 3)).sum().backward()
        gradients.append(x.grad)
        spikes.append(s)
    assert torch.equal(*spikes)
    assert not torch.allclose(*gradients)


def with_fields(name, **fields):
    """Its parameters with these fields; for a super neuron, of every candidate."""
    model = catalog.neurons.params(name)
    if name == "super_neuron":
        return model(candidates=[{"name": plain, **fields} for plain in catalog.neurons.names() if plain != name])
    return model(**fields)
