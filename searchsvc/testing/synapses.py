"""What every synapse must do; `name` is the fixture that says which.

Shapes: T steps, B batch, I inputs, O outputs.
"""

import copy
import json
import pickle

import pytest
import torch
from torch.testing import assert_close

from searchsvc.testing.networks import stepped
from spaces import catalog, configuration
from spaces.networks import build
from spaces.part import Part
from spaces.synapse import Stateless, Synapse

INPUTS, OUTPUTS = 5, 3
NETWORKS = {
    "features": {"network": {"name": "recurrent", "units": [6, 4]}, "input_shape": [8, 8], "encoding": "frames"},
    "images": {"network": {"name": "resnet", "channels": [2, 3], "blocks": [1, 1]}, "input_shape": [8, 1, 8, 8]},
}


def make(name, dtype=torch.float64):
    torch.manual_seed(0)
    return catalog.synapses.load(name).Synapse(catalog.synapses.params(name)(), INPUTS, OUTPUTS).to(dtype)


def inputs(name, steps=6, batch=4, dtype=torch.float64, seed=1):
    positions = (6, 5) if catalog.synapses.params(name).connects == "images" else ()
    shape = (steps, batch, INPUTS, *positions)
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def spikes(name):
    return (inputs(name) > 0.5).double()


def network_of(name, neuron="lif"):
    """The configuration of a network whose layers have this synapse."""
    given = json.loads(json.dumps(NETWORKS[catalog.synapses.params(name).connects]))
    given["network"]["synapse"] = name
    layers = catalog.networks.params(given["network"]["name"]).model_validate(given["network"]).spiking_layers
    rest = {"neurons": [neuron] * layers, "encoding": "frames", "classes": 3, "time_steps": 8, "task": None}
    return configuration.read({**given, **rest})


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_currents_have_a_place_for_each_output_and_the_inputs_type(name, dtype):
    y, _ = make(name, dtype)(inputs(name, dtype=dtype))
    assert y.shape[:3] == (6, 4, OUTPUTS)
    assert y.dtype == dtype
    assert y.isfinite().all()


def test_its_weight_has_outputs_and_inputs_first(name):
    assert make(name).weight.shape[:2] == (OUTPUTS, INPUTS)


def test_module_and_parameter_model_agree(name):
    model, synapse = catalog.synapses.params(name), make(name)
    assert isinstance(synapse, Synapse)
    assert type(synapse.params) is model
    assert synapse.params == model() and model().name == name
    own = sum(p.numel() for p in synapse.own_parameters().values())
    assert own == model().size(INPUTS, OUTPUTS)[0]


def test_repr_shows_every_parameter(name):
    for field, value in make(name).params:
        assert field == "name" or f"{field}={value!r}" in make(name).extra_repr()


def test_weights_come_from_the_seed_alone(name):
    one, other = make(name), make(name)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))
    torch.manual_seed(1)
    another = catalog.synapses.load(name).Synapse(one.params, INPUTS, OUTPUTS)
    assert not torch.equal(another.weight.double(), one.weight)


def test_samples_do_not_see_each_other(name):
    synapse, x = make(name).eval(), inputs(name)
    alone = torch.cat([synapse(x[:, b : b + 1])[0] for b in range(4)], 1)
    assert_close(synapse(x)[0], alone, rtol=1e-12, atol=1e-12)


def test_no_step_sees_a_later_one(name):
    synapse, x = make(name).eval(), inputs(name)
    changed = x.clone()
    changed[4:] += 3
    assert_close(synapse(x)[0][:4], synapse(changed)[0][:4], rtol=1e-12, atol=1e-12)
    assert not torch.allclose(synapse(x)[0][4:], synapse(changed)[0][4:])


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_chunks_with_their_state_equal_the_whole(name, cut):
    synapse, x = make(name).eval(), inputs(name)
    first, state = synapse(x[:cut])
    second, final = synapse(x[cut:], state)
    whole, end = synapse(x)
    assert_close(torch.cat([first, second]), whole, rtol=1e-12, atol=1e-12)
    assert_close(final, end, rtol=1e-12, atol=1e-12)


def test_it_is_stateless_only_where_earlier_steps_change_nothing(name):
    synapse, x = make(name).eval(), inputs(name)
    last = synapse(x[5:])[0][0]
    assert torch.allclose(last, synapse(x)[0][5]) is isinstance(synapse, Stateless)
    assert (synapse(x)[1] is None) is isinstance(synapse, Stateless)


def test_gradients_reach_every_step_and_parameter(name):
    synapse, x = make(name), inputs(name).requires_grad_()
    y, _ = synapse(x)
    (y * torch.randn(y.shape, dtype=y.dtype, generator=torch.Generator().manual_seed(2))).sum().backward()
    assert all(step.abs().max() > 0 for step in x.grad)
    assert all(p.grad is not None and p.grad.isfinite().all() and p.grad.abs().max() > 0 for p in synapse.parameters())


def test_gradients_are_those_of_finite_differences(name):
    synapse, x = make(name), inputs(name, steps=3, batch=2)
    names, values = zip(*synapse.named_parameters(), strict=True)

    def run(x, *values):
        return torch.func.functional_call(synapse, dict(zip(names, values, strict=True)), (x,))[0]

    assert torch.autograd.gradcheck(run, (x.requires_grad_(), *values), fast_mode=True)


def test_of_no_samples_it_gives_none(name):
    assert make(name)(inputs(name, batch=0))[0].shape[:3] == (6, 0, OUTPUTS)


def test_copied_pickled_and_loaded_it_gives_the_same(name):
    synapse, x = make(name), inputs(name)
    torch.manual_seed(5)
    other = catalog.synapses.load(name).Synapse(synapse.params, INPUTS, OUTPUTS).double()
    other.load_state_dict(synapse.state_dict())
    for same in (copy.deepcopy(synapse), pickle.loads(pickle.dumps(synapse)), other):
        assert torch.equal(same(x)[0], synapse(x)[0])


def test_mapped_over_single_samples_it_gives_what_it_gives_together(name):
    synapse, x = make(name).requires_grad_(False), inputs(name)
    alone = torch.func.vmap(lambda x: synapse(x[:, None])[0][:, 0], 1, 1)(x)
    assert_close(alone, synapse(x)[0])


def test_operations_are_accumulations_of_spikes_or_multiplications_of_values(name):
    synapse = make(name)
    for x, fed_by_spikes in ((spikes(name), True), (inputs(name), False)):
        found = synapse.operations(x, synapse(x)[0])
        assert min(found) >= 0
        assert (found.acs > 0, found.sops > 0) == (fed_by_spikes, fed_by_spikes)
        assert found.macs > 0 or fed_by_spikes


def test_operations_grow_with_the_number_of_samples(name):
    synapse, x = make(name), spikes(name)
    twice = torch.cat([x, x], 1)
    one, two = (synapse.operations(z, synapse(z)[0]) for z in (x, twice))
    assert two == pytest.approx(tuple(2 * count for count in one))


def test_silence_costs_no_accumulations(name):
    synapse, x = make(name), torch.zeros_like(inputs(name))
    found = synapse.operations(x, synapse(x)[0])
    assert (found.acs, found.sops) == (0, 0)


def test_what_it_says_of_itself_is_finite_and_by_name(name):
    synapse = make(name)
    assert isinstance(synapse, Part)
    assert all(isinstance(key, str) and values.isfinite().all() for key, values in synapse.recorded().items())


def test_a_network_that_names_it_has_it_in_its_layers_and_says_so_in_json(name):
    config = network_of(name)
    network = build(config, seed=0)
    found = {type(module) for module in network.modules() if isinstance(module, Synapse)}
    assert catalog.synapses.load(name).Synapse in found
    again = configuration.read(json.loads(config.model_dump_json()))
    assert again == config and again.network.synapse.name == name


@pytest.mark.parametrize("neuron", ["lif", "super_neuron"])
def test_such_a_network_learns_all_that_it_has(name, neuron):
    network = build(network_of(name, neuron), seed=0)
    o_TBK = network(torch.randn(16, *network.config.input_shape, generator=torch.Generator().manual_seed(0)))
    (o_TBK * torch.randn(o_TBK.shape, generator=torch.Generator().manual_seed(1))).sum().backward()
    dead = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert dead == []


def test_such_a_network_step_by_step_is_the_whole(name):
    network = build(network_of(name), seed=0).double().eval()
    x_TB = 2 * torch.randn(8, 4, *network.config.step_shape, dtype=torch.float64)
    whole, _ = network.run(x_TB)
    assert_close(stepped(network, x_TB, network.initial(x_TB[0]))[0], whole)
