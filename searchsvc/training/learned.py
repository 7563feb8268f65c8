"""What neurons and synapses learn beside weights: architecture parameters, LNM's polynomials, time constants.

They have an optimiser or learning rate of their own, and every epoch reports layer by layer what each says of itself.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from searchsvc.strategy import LayerParameter
from spaces.distributions.nodes import SHARES
from spaces.fittings.params.gradient import Params
from spaces.multi_step import MultiStep
from spaces.part import Part
from spaces.synapse import Synapse

ARCHITECTURE = "alpha"
MOST = 64  # numbers that are reported as they are


def layer_parameters(network: nn.Module) -> list[LayerParameter]:
    """What each layer's neuron and synapses say of themselves, from the input; those within a super neuron do not.

    A synapse's name goes before. Of more than `MOST` numbers quantiles are reported (`spaces.distributions.nodes`).
    """
    return [
        (layer, *_brief(f"{place}{name}", values.detach().flatten()))
        for layer, place, part in _parts(network)
        for name, values in part.recorded().items()
    ]


def _parts(network: nn.Module) -> Iterator[tuple[int, str, Part]]:
    """Outermost neurons and synapses, each with its layer and place in it; a synapse is of the neurons after it."""
    layer, inner = 0, set[nn.Module]()
    for name, module in network.named_modules():
        if module in inner or not isinstance(module, Part):
            continue
        inner.update(module.modules())
        yield layer, _place(name) if isinstance(module, Synapse) else "", module
        layer += isinstance(module, MultiStep)


def _place(name: str) -> str:
    """Within a layer: ``synapse.`` of ``layers.2.synapse``.

    >>> _place("layers.2.synapse"), _place("hidden.synapse")
    ('synapse.', 'hidden.synapse.')
    """
    steps = name.split(".")
    first = next((i for i, step in enumerate(steps, 1) if step.isdigit()), 0)
    return ".".join([*steps[first:], ""])


def _brief(name: str, values_N: Tensor) -> tuple[str, list[float]]:
    if len(values_N) <= MOST:
        return name, values_N.tolist()
    return f"{name}/quantiles", torch.quantile(values_N.double(), torch.tensor(SHARES, dtype=torch.float64)).tolist()


def architecture_parameters(network: nn.Module) -> list[nn.Parameter]:
    return [parameter for name, parameter in _own(network) if name == ARCHITECTURE]


def parameter_groups(network: nn.Module, training: Params) -> list[dict[str, Any]]:
    """All but the architecture parameters; neurons' and synapses' own learn at `neuron_lr` and do not decay (choice).

    Weight decay would pull a polynomial or a time constant to zero, where it means something else than in a weight.
    """
    own = _own(network)
    neurons = [parameter for name, parameter in own if name != ARCHITECTURE]
    apart = {id(parameter) for _, parameter in own}
    groups = [{"params": [p for p in network.parameters() if id(p) not in apart]}]
    return [*groups, {"params": neurons, "lr": training.neuron_lr, "weight_decay": 0.0}] if neurons else groups


def _own(network: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return [own for part in network.modules() if isinstance(part, Part) for own in part.own_parameters().items()]
