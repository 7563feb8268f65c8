"""What neurons learn of their own: reported by layer, at its own learning rate."""

import pytest
import torch

from searchsvc import learned
from searchsvc.training import Trial
from spaces import catalog, configuration
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
    training = configuration.Training(neuron_lr=0.5)
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
    (weights,) = learned.parameter_groups(build(config("lif"), seed=0), configuration.Training())
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
