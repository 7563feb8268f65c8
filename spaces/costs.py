r"""What one inference costs, counted on a real forward pass.

.. math:: E = \sum_i T (fr_i E_{AC} OP_i + E_{MAC} OP_i) + \text{neuron updates}

A layer fed by spikes costs accumulations (ACs) at its input's firing rate (choice: LNM says the layer's rate, but the
accumulations follow its input's); one fed by analogue values costs multiply-accumulations (MACs). Padding counts as
input, biases do not count. A filtered synapse costs a MAC more for each output and step, its decay. BatchNorm folds
into the synapse before it; inside a super neuron, where it does not, the neuron's price holds it. A neuron's update
costs, per neuron and step, counting multiplications and additions:

============  =============================================================================================
LIF, PLIF     1 MAC
LNM           as many MACs as its degree (published); a tanh, if that bounds it
LLIF          1 MAC, 1 AC; a tanh where the input is negative
SLIF          2 MAC; a tanh and an exp where it has just fired
ALIF          2 MAC
super neuron  its candidates' prices; 2 MAC for each candidate's BatchNorm and weight
============  =============================================================================================

Each neuron's and synapse's ``operations`` says so in code. All but LNM's, published, are choices. A layer with
parameters that does not say what it computes is refused, since it would seem to be free.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from spaces.errors import UserError
from spaces.multi_step import MultiStep
from spaces.part import Operations
from spaces.synapse import Synapse, binary, convolution_operations, linear_operations


@dataclass(frozen=True)
class Prices:
    """Energy in joule of 32-bit floating-point operations at 45 nm (LNM's appendix)."""

    mac: float = 4.6e-12
    ac: float = 0.9e-12
    transcendental: float = 5.0  # a tanh or an exp, in MACs (choice)


DEFAULT = Prices()


@dataclass(frozen=True)
class LayerCost:
    """Means over the samples, for one inference (all time steps)."""

    layer: str
    parameters: int  # BatchNorm's are in the network's total alone
    macs: float
    acs: float
    sops: float  # synaptic operations: the spikes times their fan-out, without padding
    updates: float  # neurons x steps
    firing_rate: float | None  # of its neurons, per step; None where nothing spikes
    energy: float  # joule


@dataclass(frozen=True)
class Costs:
    parameters: int
    layers: tuple[LayerCost, ...]

    def total(self) -> dict[str, float]:
        """Sums by name, and the mean of `firing_rate` over spiking layers if there is one."""
        sums = {k: sum(getattr(c, k) for c in self.layers) for k in ("macs", "acs", "sops", "updates", "energy")}
        rates = [c.firing_rate for c in self.layers if c.firing_rate is not None]
        mean = {"firing_rate": sum(rates) / len(rates)} if rates else {}
        return {"parameters": self.parameters, **sums, **mean}


def measure(network: nn.Module, x_B: Tensor, prices: Prices = DEFAULT) -> Costs:
    """Costs of `network` on the samples `x_B`, in evaluation mode.

    Raises:
        UserError: a layer does not say what it computes.
    """
    counts: dict[str, _Count] = {}
    was_training = network.training
    with _counting(network, counts, prices), torch.no_grad():
        network.eval()(x_B)
    network.train(was_training)
    layers = [count.layer(name, len(x_B), prices) for name, count in counts.items()]
    return Costs(sum(p.numel() for p in network.parameters()), tuple(layers))


def check(network: nn.Module) -> None:
    """Refuse, before it is trained, a network whose costs cannot be counted.

    Raises:
        UserError: a layer does not say what it computes.
    """
    list(_parts(network))


@dataclass
class _Count:
    """One layer's operations, summed over its calls (a recurrent layer's are many) and over samples."""

    parameters: int
    macs: float = 0.0
    acs: float = 0.0
    sops: float = 0.0
    updates: int = 0
    spikes: int = 0
    binary: bool = True  # what its neurons give

    def layer(self, name: str, samples: int, prices: Prices) -> LayerCost:
        return LayerCost(
            name,
            self.parameters,
            macs=self.macs / samples,
            acs=self.acs / samples,
            sops=self.sops / samples,
            updates=self.updates / samples,
            firing_rate=self.spikes / self.updates if self.updates and self.binary else None,
            energy=(self.macs * prices.mac + self.acs * prices.ac) / samples,
        )


@contextmanager
def _counting(network: nn.Module, counts: dict[str, _Count], prices: Prices) -> Iterator[None]:
    """Hooks on all synapses and neurons."""
    handles = []
    for name, module, whole in list(_parts(network)):
        count = counts.setdefault(name, _Count(sum(p.numel() for p in module.parameters())))
        updates = whole and isinstance(module, MultiStep)
        handles.append(module.register_forward_hook(_hook(count, prices, updates)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _parts(network: nn.Module) -> Iterator[tuple[str, nn.Module, bool]]:
    """What costs something, as what it counts, and whether it is that: a candidate counts as the neuron it is in."""
    neurons = {name: module for name, module in network.named_modules() if isinstance(module, MultiStep)}
    outermost: dict[nn.Module, str] = {}
    for name, neuron in neurons.items():
        for part in neuron.modules():
            outermost.setdefault(part, name)
    synapses = [module for module in network.modules() if isinstance(module, Synapse)]
    inner = {part for synapse in synapses for part in synapse.modules() if part is not synapse} | outermost.keys()
    for name, module in network.named_modules():
        if isinstance(module, MultiStep):
            yield outermost[module], module, outermost[module] == name
        elif module not in inner and _is_synapse(name, module):
            yield name, module, True


def _hook(count: _Count, prices: Prices, updates: bool) -> Any:
    """`updates`: whether what it gives are the spikes of a layer's neurons."""

    def hook(part: nn.Module, inputs: tuple[Tensor, ...], output: Tensor | tuple[Tensor, Any]) -> None:
        x, y = inputs[0], output if isinstance(output, Tensor) else output[0]
        operations = _operations(part, x, y)
        count.macs += operations.macs + prices.transcendental * operations.transcendentals
        count.acs += operations.acs
        count.sops += operations.sops
        if updates:
            count.updates += x.numel()
            count.spikes += int(y.count_nonzero())
            count.binary &= binary(y)

    return hook


def _is_synapse(name: str, module: nn.Module) -> bool:
    """Whether it costs something.

    Raises:
        UserError: it has parameters, and does not say what it does with them.
    """
    if isinstance(module, Synapse | nn.Linear | nn.Conv2d):
        return True
    if list(module.parameters(recurse=False)) and not isinstance(module, _BatchNorm):
        raise UserError(
            f"costs: got layer {name or 'network'} of class {type(module).__name__}, which does not say what it "
            "computes; allowed are neurons, synapses, Linear, Conv2d and BatchNorm; make it a spaces.synapse.Synapse"
        )
    return False


def _operations(part: nn.Module, x: Tensor, y: Tensor) -> Operations:
    match part:
        case nn.Linear():
            return linear_operations(part.weight, x, y)
        case nn.Conv2d():
            how = (part.stride, part.padding, part.dilation, part.groups)
            return convolution_operations(part.weight, x, y, *how)
        case _:
            return part.operations(x, y)  # type: ignore[no-any-return, operator]
