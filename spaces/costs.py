r"""What one inference costs, counted on a real forward pass.

.. math:: E = \sum_i T (fr_i E_{AC} OP_i + E_{MAC} OP_i) + \text{neuron updates}

A layer fed by spikes costs accumulations (ACs) at its input's firing rate; one fed by analogue values costs
multiply-accumulations (MACs). E_MAC = 4.6 pJ, E_AC = 0.9 pJ (32-bit float, 45 nm; LNM's appendix). BatchNorm folds into
the convolution before it; where it does not (inside a super neuron) the neuron's price holds it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from spaces.neurons._multi_step import MultiStep, Operations

MAC_PICOJOULE = 4.6
AC_PICOJOULE = 0.9
TRANSCENDENTAL_MACS = 5  # the price of a tanh or an exp, in MACs (choice)


@dataclass(frozen=True)
class LayerCost:
    """Means over the samples, for one inference (all time steps)."""

    layer: str
    macs: float
    acs: float
    sops: float  # synaptic operations: accumulations that a spike caused
    firing_rate: float | None  # of its neurons, per step; None where nothing spikes

    @property
    def energy(self) -> float:
        """Joule."""
        return (self.macs * MAC_PICOJOULE + self.acs * AC_PICOJOULE) * 1e-12


@dataclass(frozen=True)
class Costs:
    parameters: int
    layers: tuple[LayerCost, ...]

    def total(self) -> dict[str, float]:
        """By name: parameters, macs, acs, sops, energy (J); firing_rate (mean over spiking layers) if there is one."""
        sums = {k: sum(getattr(c, k) for c in self.layers) for k in ("macs", "acs", "sops", "energy")}
        rates = [c.firing_rate for c in self.layers if c.firing_rate is not None]
        mean = {"firing_rate": sum(rates) / len(rates)} if rates else {}
        return {"parameters": self.parameters, **sums, **mean}


def measure(network: nn.Module, x_B: Tensor) -> Costs:
    """Costs of `network` on the samples `x_B`, in evaluation mode."""
    layers: list[LayerCost] = []
    with _counting(network, layers, len(x_B)), torch.no_grad():
        was_training = network.training
        network.eval()(x_B)
        network.train(was_training)
    return Costs(sum(p.numel() for p in network.parameters()), tuple(layers))


@contextmanager
def _counting(network: nn.Module, layers: list[LayerCost], samples: int) -> Iterator[None]:
    inside_neuron = {id(m) for n in network.modules() if isinstance(n, MultiStep) for m in n.modules() if m is not n}
    hooks = [
        module.register_forward_hook(_counter(name, layers, samples))
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear | MultiStep) and id(module) not in inside_neuron
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _counter(name: str, layers: list[LayerCost], samples: int) -> Any:
    def hook(module: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
        if isinstance(module, MultiStep):
            layers.append(_neuron_cost(name, module, inputs[0], output[0], samples))
        else:
            layers.append(_synapse_cost(name, module, inputs[0], output, samples))

    return hook


def _neuron_cost(name: str, neuron: MultiStep, x: Tensor, s: Tensor, samples: int) -> LayerCost:
    ops: Operations = neuron.operations(x, s)
    macs = ops.macs + TRANSCENDENTAL_MACS * ops.transcendentals
    rate = s.mean().item() if _binary(s) else None
    return LayerCost(name, macs / samples, ops.acs / samples, 0.0, rate)


def _synapse_cost(name: str, layer: nn.Module, x: Tensor, output: Tensor, samples: int) -> LayerCost:
    """A multiplication for every weight that meets an input; padding counts as input, biases do not count."""
    fan_in = layer.weight[0].numel()  # type: ignore[index]
    connections = fan_in * output.numel() / samples
    if _binary(x):
        spiked = connections * x.mean().item()
        return LayerCost(name, 0.0, spiked, spiked, None)
    return LayerCost(name, connections, 0.0, 0.0, None)


def _binary(x: Tensor) -> bool:
    return bool(((x == 0) | (x == 1)).all())
