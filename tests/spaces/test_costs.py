"""Costs against counting every multiplication one by one, and against the published formula.

Shapes: T steps, B batch, C channels, H height, W width.
"""

from itertools import product

import pytest
import torch
from torch import nn

from spaces import catalog, configuration, costs
from spaces.errors import UserError
from spaces.latency import latency
from spaces.multi_step import MultiStep
from spaces.networks import build
from spaces.neurons import alif, lif, llif, lnm, plif, slif, super_neuron
from spaces.part import Operations
from spaces.synapse import Synapse
from spaces.synapses import filtered

T, CLASSES, CHANNELS, STRIDES = 3, 4, (2, 3), (1, 2)
PICO = 1e-12
PLAIN = tuple(name for name in catalog.neurons.names() if name != "super_neuron")


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


def measured(network, x):
    return {layer.layer: layer for layer in costs.measure(network, x).layers}


def count_one_by_one(synapse, x, y):
    """Of one call: how many multiplications there are, padding counted as input, and how many of them meet a spike."""
    if synapse.weight.dim() == 2:
        x, y, kernel, stride, padding = *(z.flatten(0, -2)[..., None, None] for z in (x, y)), 1, 1, 0
    else:
        x, y, kernel = x.flatten(0, 1), y.flatten(0, 1), synapse.weight.shape[-1]
        stride, padding = synapse.stride, synapse.padding
    _, c_in, height, width = x.shape
    n = met = 0
    for b, _, row, column in product(*map(range, y.shape)):
        for c, i, j in product(range(c_in), range(kernel), range(kernel)):
            n += 1
            above, left = row * stride + i - padding, column * stride + j - padding
            if 0 <= above < height and 0 <= left < width:
                met += x[b, c, above, left].item() == 1
    return n, met


def updates_one_by_one(neuron, x, s):
    """Of one call: MACs and ACs by the table of prices; what is not in it says its own."""
    macs = acs = 0
    for at in product(*map(range, x.shape)):
        match neuron.params.name:
            case "lif" | "plif":
                macs += 1
            case "lnm":
                macs += neuron.params.degree + (5 if neuron.params.bounding == "tanh" else 0)
            case "llif":
                macs, acs = macs + 1 + (5 if x[at] < 0 else 0), acs + 1
            case "slif":
                macs += 2 + (10 if s[at] == 1 else 0)
            case "alif":
                macs += 2
            case _:
                count = neuron.operations(x, s)
                return count.macs + 5 * count.transcendentals, count.acs
    return macs, acs


def record(network, x_B):
    """The inputs and outputs of every call of every synapse and neuron, by name."""
    calls = {}
    handles = [
        module.register_forward_hook(lambda m, x, y, name=name: calls.setdefault(name, []).append((m, x[0], y)))
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear | Synapse | MultiStep)
    ]
    with torch.no_grad():
        network.eval()(x_B)
    for handle in handles:
        handle.remove()
    return calls


def brute_force(network, x_B):
    """Per layer and sample: MACs, ACs, synaptic operations, neuron updates, firing rate."""
    found = {}
    for name, calls in record(network, x_B).items():
        macs = acs = sops = updates = spikes = 0
        for module, x, y in calls:
            if isinstance(module, MultiStep):
                update_macs, update_acs = updates_one_by_one(module, x, y[0])
                macs, acs, updates = macs + update_macs, acs + update_acs, updates + x.numel()
                spikes += sum(y[0].flatten().tolist())
            else:
                y = y[0] if isinstance(module, Synapse) else y
                n, met = count_one_by_one(module, x, y)
                if isinstance(module, filtered.Synapse):
                    macs += sum(1 for _ in product(*map(range, y.shape)))  # what decays
                if set(x.flatten().tolist()) <= {0.0, 1.0}:
                    acs, sops = acs + n * sum(x.flatten().tolist()) / x.numel(), sops + met
                else:
                    macs += n
        counted = [count / len(x_B) for count in (macs, acs, sops, updates)]
        found[name] = pytest.approx((*counted, spikes / updates if updates else None))
    return found


class Recurrent(nn.Module):
    """Calls its synapses and neurons at every step."""

    def __init__(self, neuron):
        super().__init__()
        self.synapse, self.recurrent, self.readout = nn.Linear(5, 4), nn.Linear(4, 4), nn.Linear(4, 3)
        self.neuron = catalog.neurons.load(neuron).Neuron()

    def forward(self, x_BTN):
        s_TBN, state = torch.zeros(1, len(x_BTN), 4), None
        for x_BN in x_BTN.unbind(1):
            s_TBN, state = self.neuron((self.synapse(x_BN) + self.recurrent(s_TBN[0]))[None], state)
            self.readout(s_TBN)
        return s_TBN


@pytest.mark.parametrize("name", PLAIN)
def test_layers_equal_a_count_one_by_one(name):
    network, x_B = firing(name, name), images()
    layers = measured(network, x_B)
    assert 0 < layers["layers.0.neuron"].firing_rate < 1
    assert layers["layers.1.synapse"].sops > 0
    assert {k: counts(layer) for k, layer in layers.items()} == brute_force(network, x_B)


@pytest.mark.parametrize("name", PLAIN)
def test_recurrent_layers_equal_a_count_one_by_one(name):
    torch.manual_seed(0)
    network, x_BTN = Recurrent(name), 3 * torch.randn(3, 6, 5)
    layers = measured(network, x_BTN)
    assert layers["recurrent"].sops > 0
    assert {k: counts(layer) for k, layer in layers.items()} == brute_force(network, x_BTN)


def test_filtered_layers_equal_a_count_one_by_one():
    given = {"network": {"name": "recurrent", "units": [5, 4], "synapse": "filtered"}, "neurons": ["lif", "alif"]}
    given |= {"input_shape": [T, 6], "encoding": "frames", "classes": CLASSES, "time_steps": T, "task": None}
    network = build(configuration.read(given), seed=0)
    x_BTN = 3 * torch.randn(3, T, 6, generator=torch.Generator().manual_seed(0))
    layers = measured(network, x_BTN)
    assert layers["layers.0.neuron.synapse"].sops > 0 and layers["layers.1.synapse"].sops > 0
    assert {k: counts(layer) for k, layer in layers.items()} == brute_force(network, x_BTN)
    linear = {**given, "network": {"name": "recurrent", "units": [5, 4]}}
    free = measured(build(configuration.read(linear), seed=0), x_BTN)["layers.0.synapse"]
    assert layers["layers.0.synapse"].macs == free.macs + 5 * T


@pytest.mark.parametrize("layer", [nn.Bilinear(2, 2, 3), nn.Conv1d(2, 3, 1), nn.LayerNorm(2)], ids=type)
def test_a_layer_that_does_not_say_what_it_computes_is_refused(layer):
    network = nn.Sequential(nn.Linear(2, 2), layer)
    said = rf"^costs: got layer 1 of class {type(layer).__name__}, which does not say what it computes; allowed are .+$"
    with pytest.raises(UserError, match=said):
        costs.measure(network, torch.zeros(1, 2))
    assert not any(module._forward_hooks for module in network.modules())
    with pytest.raises(UserError, match=said):
        costs.check(network)


def test_what_has_no_parameters_is_free_and_what_is_within_a_synapse_is_counted_by_it():
    class Twice(Synapse):
        def __init__(self):
            super().__init__(filtered.Params())
            self.inner = nn.Bilinear(2, 2, 3)

        def forward(self, x_TB, state=None):
            return self.inner(x_TB, x_TB), None

        def operations(self, x_TB, y_TB):
            return Operations(macs=7.0)

    network = nn.Sequential(nn.ReLU(), nn.Flatten(1), Twice())
    (layer,) = costs.measure(network, torch.zeros(1, 2)).layers
    assert (layer.layer, layer.macs, layer.parameters) == ("2", 7, 3 * 4 + 3)


def counts(layer):
    return layer.macs, layer.acs, layer.sops, layer.updates, layer.firing_rate


def test_padding_meets_no_spike():
    # A 2 x 2 image of ones, kernel 3, padding 1: each of 4 outputs meets all 4 inputs; 9 are counted with padding.
    layer = nn.Conv2d(1, 1, 3, padding=1)
    (found,) = costs.measure(layer, torch.ones(1, 1, 2, 2)).layers
    assert (found.sops, found.acs) == (16, 36)


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
    assert total["updates"] == T * updates


def test_total_firing_rate_is_the_mean_over_spiking_layers():
    network, x_B = firing("lif", "slif"), images()
    network.eval()
    first, _ = network.layers[0](x_B.expand(T, *x_B.shape))
    second, _ = network.layers[1](first)
    expected = (first.mean() + second.mean()).item() / 2
    assert costs.measure(network, x_B).total()["firing_rate"] == pytest.approx(expected)


def test_prices_are_the_callers():
    network, x_B = firing("slif", "llif"), images()
    free = costs.measure(network, x_B, costs.Prices(mac=2.0, ac=3.0, transcendental=0.0)).total()
    assert free["energy"] == pytest.approx(2 * free["macs"] + 3 * free["acs"])
    usual = costs.measure(network, x_B).total()
    assert usual["macs"] > free["macs"]
    tanh = costs.measure(network, x_B, costs.Prices(transcendental=7.0)).total()
    assert tanh["macs"] - usual["macs"] == pytest.approx((usual["macs"] - free["macs"]) * 2 / 5)


def test_parameters_are_counted():
    convolutions, norms, readout = 2 * 2 * 9 + 2 * 3 * 9, 2 * (2 + 3), 3 * CLASSES + CLASSES
    found = costs.measure(build(config("lif", "plif"), seed=0), images())
    assert found.parameters == convolutions + norms + readout + 1
    assert [layer.parameters for layer in found.layers] == [2 * 2 * 9, 0, 2 * 3 * 9, 1, readout]


X = torch.tensor([[[-1.0, 2.0]], [[-0.5, 0.0]], [[3.0, 1.5]]])  # 3 steps x 1 sample x 2 neurons, two below 0


@pytest.mark.parametrize(
    ("module", "spikes", "price"),
    [
        (lif, 3, (6, 0, 0)),  # 1 MAC an update
        (llif, 3, (6, 6, 2)),  # 1 MAC + 1 AC, a tanh where the input is negative
        (slif, 3, (12, 0, 6)),  # 2 MAC, a tanh and an exp where it fired
        (plif, 3, (6, 0, 0)),  # 1 MAC
        (alif, 3, (12, 0, 0)),  # 2 MAC
        (lnm, 3, (18, 0, 0)),  # as many MACs as the degree, 3
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_neuron_updates_have_their_price(module, spikes, price):
    neuron = module.Neuron()
    s, _ = neuron(X)
    assert s.sum() == spikes
    assert neuron.operations(X, s) == Operations(*price)


@pytest.mark.parametrize(("degree", "bounding", "tanhs"), [(1, "clip1", 0), (5, "clip5", 0), (5, "tanh", 6)])
def test_lnm_costs_its_degree_and_its_tanh(degree, bounding, tanhs):
    neuron = lnm.Neuron(lnm.Params(degree=degree, bounding=bounding))
    assert neuron.operations(X, neuron(X)[0]) == Operations(6 * degree, transcendentals=tanhs)


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
    assert set(total) == {"parameters", "macs", "acs", "sops", "updates", "energy"}
    assert total["sops"] == 0  # mixtures are analogue


def test_a_super_neuron_costs_its_candidates_and_their_mixing():
    # 3 steps x 2 neurons of x < 0 in two places: LIF 6 MAC; LLIF 6 MAC + 6 AC + 2 tanh; SLIF 12 MAC + 2 x 3 spikes;
    # mixing: BatchNorm and weight, 2 MAC for each of 3 candidates and 6 values. In two chunks it costs the same.
    class Network(nn.Module):
        def __init__(self, cut):
            super().__init__()
            self.neuron, self.cut = super_neuron.Neuron(), cut

        def forward(self, x_BTN):
            state = None
            for x_TBN in x_BTN.movedim(1, 0).split(self.cut):
                s_TBN, state = self.neuron(x_TBN, state)
            return s_TBN

    for cut in (3, 2):
        network = Network(cut)
        network.eval()(X.movedim(0, 1))
        (layer,) = costs.measure(network, X.movedim(0, 1)).layers
        assert (layer.layer, layer.macs, layer.acs) == ("neuron", 6 + 6 + 12 + 36 + 5 * (2 + 6), 6)
        assert (layer.updates, layer.firing_rate) == (6, None)


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


@pytest.mark.parametrize("training", [True, False])
def test_latency_is_a_time_and_leaves_network_and_threads_as_they_were(training):
    network = build(config("lif", "super_neuron"), seed=1).train(training)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    seen = []
    network.register_forward_pre_hook(lambda module, args: seen.append((len(args[0]), torch.get_num_threads())))
    torch.set_num_threads(2)
    assert latency(network, images(), repeats=3) > 0
    assert torch.get_num_threads() == 2
    assert seen == [(1, 1)] * 4
    assert network.training is training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
