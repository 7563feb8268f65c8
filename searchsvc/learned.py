"""What neurons learn of their own: super neurons' architecture parameters, LNM's polynomials, PLIF's time constants.

They have an optimiser or learning rate of their own, and every epoch reports them layer by layer.
"""

from typing import Any

from torch import nn

from searchsvc.strategy import LayerParameter
from spaces.configuration import Training
from spaces.multi_step import MultiStep

ARCHITECTURE = "alpha"


def layer_parameters(network: nn.Module) -> list[LayerParameter]:
    """What each spiking layer's neuron has learned, from the input; candidates within a super neuron do not count."""
    return [
        (layer, name, parameter.detach().flatten().tolist())
        for layer, neuron in enumerate(_layers(network))
        for name, parameter in neuron.named_parameters(recurse=False)
    ]


def architecture_parameters(network: nn.Module) -> list[nn.Parameter]:
    return [parameter for name, parameter in _own(network) if name == ARCHITECTURE]


def parameter_groups(network: nn.Module, training: Training) -> list[dict[str, Any]]:
    """All but the architecture parameters; neurons' own learn at `neuron_lr` and do not decay (choice).

    Weight decay would pull a polynomial or a time constant to zero, where it means something else than in a synapse.
    """
    own = _own(network)
    neurons = [parameter for name, parameter in own if name != ARCHITECTURE]
    apart = {id(parameter) for _, parameter in own}
    groups = [{"params": [p for p in network.parameters() if id(p) not in apart]}]
    return [*groups, {"params": neurons, "lr": training.neuron_lr, "weight_decay": 0.0}] if neurons else groups


def _own(network: nn.Module) -> list[tuple[str, nn.Parameter]]:
    neurons = [module for module in network.modules() if isinstance(module, MultiStep)]
    return [own for neuron in neurons for own in neuron.named_parameters(recurse=False)]


def _layers(network: nn.Module) -> list[MultiStep]:
    every = [module for module in network.modules() if isinstance(module, MultiStep)]
    inner = {id(part) for neuron in every for part in neuron.modules() if part is not neuron}
    return [neuron for neuron in every if id(neuron) not in inner]
