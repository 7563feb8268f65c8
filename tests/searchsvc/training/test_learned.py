"""What neurons learn of their own: reported by layer, at its own learning rate."""

import pytest
import torch

from searchsvc.training import learned
from searchsvc.training.gradient import Trial
from spaces import catalog, configuration
from spaces.distributions import nodes
from spaces.fittings.params.gradient import Params
from spaces.networks import build

ALL = {"name": "super_neuron", "candidates": ["lif", {"name": "lnm", "degree": 2}]}


def config(*neurons, **training):
    return configuration.read(
        {
            "network": {"name": "vgg", "channels": [4] * len(neurons), "strides": [2] * len(neurons)},
            "neurons": neurons,
            "input_shape": [1, 8, 8],
            "classes": 10,
            "time_steps": 2,
            "task": "digits",
            "training": {"epochs": 2, "batch_size": 256, **training},
        }
    )


def test_every_layer_reports_its_own_parameters_and_not_those_within_a_super_neuron():
    network = build(config({"name": "lnm", "degree": 2}, "lif", ALL), seed=0)
    alpha = network.layers[2].neuron.alpha.tolist()
    assert learned.layer_parameters(network) == [(0, "theta", [0.25, 0.0]), (2, "alpha", alpha)]


@pytest.mark.parametrize(
    "network",
    [
        {"name": "vgg", "variant": "vgg11", "width": 0.1},
        {"name": "resnet", "variant": "resnet18", "width": 0.1},
    ],
    ids=lambda network: network["variant"],
)
def test_layers_are_counted_from_the_input_in_every_network(network):
    """A polynomial of another degree in every layer says which layer it is."""
    params = catalog.networks.params(network["name"]).model_validate(network)
    neurons = [{"name": "lnm", "degree": degree} for degree in range(1, params.spiking_layers + 1)]
    spec = {
        **config("lif").model_dump(),
        "network": network,
        "neurons": neurons,
        "input_shape": (3, 32, 32),
        "task": None,
    }
    reported = learned.layer_parameters(build(configuration.read(spec), seed=0))
    assert [(layer, len(values)) for layer, _, values in reported] == list(enumerate(range(1, len(neurons) + 1)))


def test_neurons_parameters_learn_at_their_own_rate_without_decay():
    network = build(config({"name": "lnm", "degree": 2}, "lif", ALL), seed=0)
    training = Params(neuron_lr=0.5)
    weights, neurons = learned.parameter_groups(network, training)
    assert {id(p) for p in neurons["params"]} == {
        id(network.layers[0].neuron.theta),
        id(network.layers[2].neuron.neurons[1].theta),
    }
    assert (neurons["lr"], neurons["weight_decay"]) == (0.5, 0.0)
    architecture = learned.architecture_parameters(network)
    assert [id(p) for p in architecture] == [id(network.layers[2].neuron.alpha)]
    everything = [*weights["params"], *neurons["params"], *architecture]
    assert sorted(map(id, everything)) == sorted(map(id, network.parameters()))


def test_without_such_parameters_there_is_one_group():
    """As in release 0.1.0, whose checkpoints still load."""
    (weights,) = learned.parameter_groups(build(config("lif"), seed=0), Params())
    assert len(weights["params"]) == 5 and weights.keys() == {"params"}


@pytest.mark.parametrize("rate", [1e-3, 1e-1])
def test_a_step_of_sgd_by_hand(rate):
    """The first update with momentum is rate x gradient, and weight decay does not touch theta."""
    trial = Trial(config({"name": "lnm", "degree": 2}, neuron_lr=rate, weight_decay=10.0), seed=0)
    theta = trial.network.layers[0].neuron.theta
    before = theta.detach().clone()
    trial._update(trial.optimiser, next(trial._batches(trial.data.train)))
    assert theta.grad.abs().max() > 0
    torch.testing.assert_close(theta.detach(), before - rate * theta.grad)


def test_a_restored_trial_goes_on_as_if_it_had_not_been_interrupted():
    spec = config({"name": "lnm", "degree": 2})
    whole = Trial(spec, seed=1)
    first, second = whole.step(), whole.step()
    again = Trial(spec, seed=1)
    again.step()
    resumed = Trial(spec, seed=1)
    resumed.restore(again.state())
    assert resumed.step().architecture == second.architecture != first.architecture


def recurrent(synapse, neuron="lif", units=(3, 70)):
    network = {"name": "recurrent", "units": units, "synapse": synapse}
    around = {"input_shape": [64, 1], "encoding": "frames", "time_steps": 64, "task": "sequential_digits"}
    return configuration.read({**config("lif").model_dump(), **around, "network": network, "neurons": [neuron, "plif"]})


def test_synapses_say_their_time_constants_in_the_layer_that_they_feed_and_many_by_their_quantiles():
    network = build(recurrent("filtered"), seed=0)
    with torch.no_grad():
        network.layers[1].synapse.a += torch.linspace(-1, 1, 70)
    reported = {(layer, name): values for layer, name, values in learned.layer_parameters(network)}
    assert list(reported) == [
        (0, "synapse.tau"),
        (0, "neuron.synapse.tau"),
        (1, "synapse.tau/quantiles"),
        (1, "neuron.synapse.tau/quantiles"),
        (1, "a"),
    ]
    assert reported[0, "synapse.tau"] == pytest.approx([5.0] * 3, rel=1e-5)
    tau_N = network.layers[1].synapse.recorded()["tau"].detach().double()
    shares = [sum((tau_N <= q).double()).item() / 70 for q in reported[1, "synapse.tau/quantiles"]]
    assert shares == pytest.approx(nodes.SHARES, abs=1 / 70)


def test_time_constants_that_are_not_learned_are_not_reported():
    network = build(recurrent({"name": "filtered", "learned": False}), seed=0)
    assert [name for _, name, _ in learned.layer_parameters(network)] == ["a"]


def test_synapses_within_a_super_neuron_are_not_reported_but_learn():
    network = build(recurrent("filtered", ALL), seed=0)
    assert [name for layer, name, _ in learned.layer_parameters(network) if layer == 0] == ["synapse.tau", "alpha"]
    _, own = learned.parameter_groups(network, Params())
    inner = [candidate.synapse.a for candidate in network.layers[0].neuron.neurons]
    assert {id(p) for p in inner} < {id(p) for p in own["params"]}


def test_time_constants_learn_at_their_own_rate_and_weights_of_synapses_do_not():
    network = build(recurrent("filtered"), seed=0)
    weights, own = learned.parameter_groups(network, Params(neuron_lr=0.5))
    names = {id(p): name for name, p in network.named_parameters()}
    ends = {names[id(p)].rpartition(".")[2] for p in own["params"]}
    assert ends == {"a"} and len(own["params"]) == 5 and own["weight_decay"] == 0
    assert len(weights["params"]) + 5 == len(names)


def test_training_moves_time_constants():
    trial = Trial(recurrent("filtered"), seed=0)
    before = trial.network.layers[0].synapse.a.detach().clone()
    report = trial.step()
    assert not torch.allclose(trial.network.layers[0].synapse.a, before)
    assert {"synapse.tau", "neuron.synapse.tau"} <= {name for _, name, _ in report.architecture}
