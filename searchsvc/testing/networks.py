"""What every network must do; `name` is the fixture that says which. Shapes: T steps, B batch, K classes."""

import io

import pytest
import torch

from spaces import catalog, configuration
from spaces.errors import UserError
from spaces.multi_step import MultiStep
from spaces.networks import build, load_weights

each_neuron = pytest.mark.parametrize("neuron", catalog.neurons.names())


def config(name, neuron="lif"):
    network = catalog.networks.params(name)()
    return configuration.read(
        {
            "network": network.model_dump(),
            "neurons": [neuron] * network.spiking_layers,
            "input_shape": [1, 8, 8],
            "classes": 7,
            "time_steps": 3,
            "task": None,
        }
    )


def lively(network):
    """In evaluation, with neurons that fire in every layer."""
    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            torch.nn.init.constant_(module.weight, 2.0)
            torch.nn.init.constant_(module.bias, 0.5)
    return network.eval()


def images(n=5):
    return torch.randn(n, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def equal_states(a, b):
    a, b = a.state_dict(), b.state_dict()
    assert a.keys() == b.keys()
    return all(torch.equal(a[key], b[key]) for key in a)


def test_printed_it_has_its_name_and_parameters(name):
    said = repr(build(config(name)))
    assert said.startswith(f"{name}(")
    for field, value in config(name).network:
        assert field == "name" or f"{field}={value!r}" in said


def stored(thing, **how):
    """As it is read from a file that it was written to."""
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return torch.load(file, **how)


@each_neuron
def test_weights_come_from_the_seed_alone(name, neuron):
    torch.manual_seed(1)
    one = build(config(name, neuron), seed=5)
    torch.manual_seed(2)
    assert equal_states(one, build(config(name, neuron), seed=5))
    assert not equal_states(one, build(config(name, neuron), seed=6))


@each_neuron
def test_a_seed_leaves_the_global_generator_untouched(name, neuron):
    before = torch.get_rng_state()
    build(config(name, neuron), seed=5)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_seed_leaves_the_generators_of_a_gpu_untouched(name, monkeypatch):
    reseeded = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", reseeded.append)
    build(config(name), seed=5)
    assert reseeded == []


def test_without_a_seed_weights_come_from_the_global_generator(name):
    networks = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        networks.append(build(config(name)))
    assert equal_states(networks[0], networks[1])
    assert not equal_states(networks[0], networks[2])


@each_neuron
def test_readouts_are_steps_by_batch_by_classes(name, neuron):
    network = build(config(name, neuron), seed=0)
    assert network.training
    o_TBK = network(images(5))
    assert o_TBK.shape == (3, 5, 7)
    assert o_TBK.isfinite().all()


@pytest.mark.parametrize("shape", [(2, 9, 9), (1, 8, 8)])
def test_frames_are_seen_one_a_step(name, shape):
    given = config(name).model_dump() | {"encoding": "frames", "input_shape": (3, *shape)}
    network = lively(build(given, seed=0))
    x_BTCHW = torch.rand(4, 3, *shape, generator=torch.Generator().manual_seed(0)) * 4
    changed = x_BTCHW.clone()
    changed[:, 2] += 1
    o_TBK, o_changed = network(x_BTCHW), network(changed)
    assert o_TBK.shape == (3, 4, 7)
    assert torch.equal(o_TBK[:2], o_changed[:2])  # the future is not seen
    assert not torch.equal(o_TBK[2], o_changed[2])


def test_the_same_frame_at_every_step_is_direct_encoding(name):
    direct = config(name).model_dump()
    frames = direct | {"encoding": "frames", "input_shape": (3, 1, 8, 8)}
    repeated = images(5)[:, None].expand(5, 3, 1, 8, 8)
    assert torch.equal(build(direct, seed=0)(images(5)), build(frames, seed=0)(repeated))


def stepped(network, x_TB, state):
    readouts = []
    for x_B in x_TB:
        o_BK, state = network.step(x_B, state)
        readouts.append(o_BK)
    return torch.stack(readouts), state


@each_neuron
@torch.no_grad()
def test_step_by_step_it_gives_what_it_gives_of_the_whole_sequence(name, neuron):
    """To rounding: sums over another batch may go in another order. In double precision no spike flips by it."""
    given = config(name, neuron).model_dump() | {"encoding": "frames", "input_shape": (6, 1, 8, 8), "time_steps": 6}
    network = lively(build(given, seed=0).double())
    x_BTCHW = torch.randn(4, 6, 1, 8, 8, generator=torch.Generator().manual_seed(0)).double() * 2
    x_TBCHW, o_TBK = x_BTCHW.movedim(1, 0), network(x_BTCHW)
    assert not torch.equal(o_TBK[2], o_TBK[5])  # or comparing would say nothing
    from_the_start, final = stepped(network, x_TBCHW, network.initial(x_TBCHW[0]))
    torch.testing.assert_close(from_the_start, o_TBK)
    _, half_way = network.run(x_TBCHW[:3])
    onwards, same = stepped(network, x_TBCHW[3:], half_way)
    torch.testing.assert_close(onwards, o_TBK[3:])
    torch.testing.assert_close(same, final)


@torch.no_grad()
def test_what_it_gives_can_be_fed_back(name):
    """A state is a value: the same one gives the same future twice, and another past another one."""
    network = lively(build(config(name), seed=0).double())

    def future(state):
        x_B, readouts = images(3).double(), []
        for _ in range(4):
            o_BK, state = network.step(x_B, state)
            x_B = images(3).double() + 3 * o_BK.mean(1)[:, None, None, None]
            readouts.append(o_BK)
        return torch.stack(readouts)

    _, state = network.run(2 * images(3).double().expand(5, 3, 1, 8, 8))
    assert torch.equal(future(state), future(state))
    assert not torch.allclose(future(state), future(network.initial(images(3).double())))


@each_neuron
def test_gradients_reach_every_parameter(name, neuron):
    network = build(config(name, neuron), seed=0)
    o_TBK = network(images(16))
    (o_TBK * torch.randn(o_TBK.shape, generator=torch.Generator().manual_seed(0))).sum().backward()
    dead = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert dead == []


@each_neuron
def test_there_is_one_neuron_module_for_every_spiking_layer(name, neuron):
    network = build(config(name, neuron), seed=0)
    modules = [m for m in network.modules() if isinstance(m, MultiStep)]
    inner = [m for outer in modules for m in outer.modules() if isinstance(m, MultiStep) and m is not outer]
    assert len(modules) - len(inner) == config(name).network.spiking_layers


def test_neurons_stand_in_the_order_of_the_configuration(name):
    layers = config(name).network.spiking_layers
    taus = [1.5 + i for i in range(layers)]
    given = config(name).model_dump() | {"neurons": [{"name": "lif", "tau": tau} for tau in taus]}
    network = build(given, seed=0)
    assert [m.params.tau for m in network.modules() if isinstance(m, MultiStep)] == taus


def test_evaluation_does_not_mix_samples(name):
    network, x = build(config(name), seed=0).double().eval(), images(4).double()
    torch.testing.assert_close(network(x)[:, 1:2], network(x[1:2]), rtol=1e-10, atol=1e-12)


def test_saved_weights_load_into_another_network(name, tmp_path):
    from safetensors.torch import save_model

    trained, other = build(config(name, "super_neuron"), seed=0), build(config(name, "super_neuron"), seed=1)
    save_model(trained, str(tmp_path / "weights.safetensors"))
    assert equal_states(load_weights(other, tmp_path / "weights.safetensors"), trained)


def test_builds_from_plain_json_and_refuses_a_wrong_one(name):
    stored = config(name).model_dump(mode="json") | {"manifest": {"commit": "abc"}}
    assert equal_states(build(stored, seed=3), build(config(name), seed=3))
    with pytest.raises(UserError, match=r"classes: got 0"):
        build(stored | {"classes": 0})
