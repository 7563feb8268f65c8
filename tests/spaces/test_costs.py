"""Costs against counting every multiplication one by one, and against the published formula.

Shapes: T steps, B batch, C channels, H height, W width.
"""

import pytest
import torch
from torch import nn

from spaces import configuration, costs
from spaces.networks import build
from spaces.neurons import lif, llif, slif

T, CLASSES, CHANNELS, STRIDES = 3, 4, (2, 3), (1, 2)
PICO = 1e-12


def config(*neurons):
    return configuration.read(
        {
            "network": {"name": "vgg", "channels": CHANNELS, "strides": STRIDES},
            "neurons": neurons,
            "input_shape": [2, 5, 5],
            "classes": CLASSES,
            "time_steps": T,
            "task": "digits",
        }
    )


def firing(*neurons):
    """A network with untrained weights whose layers all fire, but not always."""
    network = build(config(*neurons), seed=1)
    for layer in network.layers:
        nn.init.constant_(layer.norm.weight, 2.0)
        nn.init.constant_(layer.norm.bias, 0.3)
    return network


def images(n=3):
    return torch.rand(n, 2, 5, 5, generator=torch.Generator().manual_seed(0)) * 4


def count_convolution(c_in, c_out, size, stride):
    """Multiplications of a 3 x 3 convolution for one image, padding counted as input; and the size of its output."""
    n, positions = 0, range(0, size, stride)
    for _output_channel in range(c_out):
        for _row in positions:
            for _column in positions:
                for _input_channel in range(c_in):
                    for _kernel_row in range(3):
                        for _kernel_column in range(3):
                            n += 1
    return n, len(positions)


def measured(network, x):
    return {layer.layer: layer for layer in costs.measure(network, x).layers}


def test_layers_equal_a_count_one_by_one():
    network, x_B = firing("lif", "llif"), images()
    found = measured(network, x_B)
    network.eval()
    first = network.layers[0](x_B.expand(T, *x_B.shape))
    second_current = network.layers[1].norm(network.layers[1].synapse(first.flatten(0, 1)))
    rate = first.mean().item()
    assert 0 < rate < 1
    assert found["layers.1.neuron"].firing_rate > 0

    macs, size = count_convolution(2, 2, 5, 1)
    connections, size_2 = count_convolution(2, 3, 5, 2)
    assert (size, size_2) == (5, 3)
    assert found["layers.0.synapse"].macs == T * macs  # analogue images
    assert found["layers.0.synapse"].acs == 0
    assert found["layers.0.neuron"].macs == T * 2 * 5 * 5  # LIF: 1 MAC a neuron and step
    assert found["layers.0.neuron"].firing_rate == pytest.approx(rate)
    assert found["layers.1.synapse"].macs == 0
    assert found["layers.1.synapse"].acs == pytest.approx(T * connections * rate)  # spikes
    assert found["layers.1.synapse"].sops == found["layers.1.synapse"].acs
    negative = (second_current < 0).sum().item() / len(x_B)
    assert negative > 0
    assert found["layers.1.neuron"].macs == pytest.approx(T * 3 * 3 * 3 + 5 * negative)  # a tanh is 5 MAC
    assert found["layers.1.neuron"].acs == T * 3 * 3 * 3
    assert found["readout"].macs == T * 3 * CLASSES  # pooled rates are analogue
    assert found["readout"].firing_rate is None


def test_total_energy_is_the_published_formula():
    network, x_B = firing("lif", "lif"), images()
    total = costs.measure(network, x_B).total()
    rate = measured(network, x_B)["layers.0.neuron"].firing_rate
    mac_ops = 5 * 5 * 2 * 2 * 9 + 3 * CLASSES  # first convolution, readout
    ac_ops = 3 * 3 * 3 * 2 * 9  # second convolution
    updates = 5 * 5 * 2 + 3 * 3 * 3
    expected = T * (rate * 0.9 * PICO * ac_ops + 4.6 * PICO * (mac_ops + updates))
    assert total["energy"] == pytest.approx(expected)
    assert total["energy"] == pytest.approx((4.6 * total["macs"] + 0.9 * total["acs"]) * PICO)
    assert total["sops"] == pytest.approx(T * rate * ac_ops)


def test_total_firing_rate_is_the_mean_over_spiking_layers():
    network, x_B = firing("lif", "slif"), images()
    network.eval()
    first = network.layers[0](x_B.expand(T, *x_B.shape))
    second = network.layers[1](first)
    expected = (first.mean() + second.mean()).item() / 2
    assert costs.measure(network, x_B).total()["firing_rate"] == pytest.approx(expected)


def test_parameters_are_counted():
    convolutions, norms, readout = 2 * 2 * 9 + 2 * 3 * 9, 2 * (2 + 3), 3 * CLASSES + CLASSES
    assert costs.measure(build(config("lif", "lif"), seed=0), images()).parameters == convolutions + norms + readout


X = torch.tensor([[[-1.0, 2.0]], [[-0.5, 0.0]], [[3.0, 1.5]]])  # 3 steps x 1 sample x 2 neurons, two below 0


@pytest.mark.parametrize(
    ("module", "spikes", "price"),
    [
        (lif, 3, (6, 0, 0)),  # 1 MAC an update
        (llif, 3, (6, 6, 2)),  # 1 MAC + 1 AC, a tanh where the input is negative
        (slif, 3, (12, 0, 6)),  # 2 MAC, a tanh and an exp where it fired
    ],
    ids=["lif", "llif", "slif"],
)
def test_neuron_updates_have_their_price(module, spikes, price):
    neuron = module.Neuron()
    s, _ = neuron(X)
    assert s.sum() == spikes
    assert neuron.operations(X, s) == price


@pytest.mark.parametrize(("module", "macs", "acs"), [(lif, 6, 0), (llif, 6 + 5 * 2, 6), (slif, 12 + 5 * 6, 0)])
def test_a_transcendental_costs_five_macs(module, macs, acs):
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.neuron = module.Neuron()

        def forward(self, x_BTN):
            return self.neuron(x_BTN.movedim(1, 0))[0]

    (layer,) = costs.measure(Network(), X.movedim(0, 1)).layers
    assert (layer.macs, layer.acs) == (macs, acs)
    assert layer.energy == pytest.approx((4.6 * macs + 0.9 * acs) * PICO)


def test_a_super_network_has_no_firing_rate():
    network = build(config("super_neuron", "super_neuron"), seed=0)
    network(images())  # in training, so that the BatchNorms of the candidates are not the identity
    total = costs.measure(network, images()).total()
    assert set(total) == {"parameters", "macs", "acs", "sops", "energy"}
    assert total["sops"] == 0  # mixtures are analogue


def test_candidates_of_a_super_neuron_are_counted_once():
    found = measured(build(config("super_neuron", "super_neuron"), seed=0), images())
    assert list(found) == ["layers.0.synapse", "layers.0.neuron", "layers.1.synapse", "layers.1.neuron", "readout"]


def test_costs_are_per_inference():
    network, x_B = firing("lif", "slif"), images()
    once, twice = costs.measure(network, x_B).total(), costs.measure(network, torch.cat([x_B, x_B])).total()
    assert twice == pytest.approx(once)


@pytest.mark.parametrize("training", [True, False])
def test_measuring_leaves_the_network_as_it_was(training):
    network = build(config("lif", "super_neuron"), seed=1).train(training)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    costs.measure(network, images())
    assert all(m.training is training and not m._forward_hooks for m in network.modules())
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
