"""What all spiking networks share: layers, a classifier's frame, and reproducible construction.

Whatever remembers takes its state and returns it, as neurons do: `(x_TB, state)` to `(y_TB, state)`, where None is the
state before the first step.

Shapes: T steps, B batch, C channels, H height, W width, F features, K classes; `x_TB` has any trailing shape.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from spaces import catalog
from spaces.configuration import Configuration
from spaces.errors import UserError
from spaces.networks._samples import check, encode
from spaces.synapse import Synapse, each_step
from spaces.synapses.params import SynapseParams
from spaces.transforms import exporting, tracing, transforming


class SpikingLayer(nn.Module):
    """A synapse, BatchNorm, neurons, pooling of their spikes; its state is that of synapse and neurons."""

    def __init__(self, synapse: Synapse, norm: nn.Module, neuron: nn.Module, pooling: nn.Module | None = None) -> None:
        super().__init__()
        self.synapse = synapse
        self.norm = norm
        self.neuron = neuron
        self.pooling = pooling

    def forward(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        fed, inner = state or (None, None)
        current_TB, fed = self.synapse(x_TB, fed)
        s_TB, inner = self.neuron(each_step(self.norm, current_TB), inner)
        return each_step(self.pooling, s_TB) if self.pooling else s_TB, (fed, inner)


class Normed(nn.Sequential):
    """A synapse with BatchNorm, without neurons of its own."""

    def __init__(self, synapse: Synapse, norm: nn.Module) -> None:
        super().__init__(synapse, norm)

    def forward(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        current_TB, state = self[0](x_TB, state)
        return each_step(self[1], current_TB), state


class Layers(nn.Sequential):
    """One after the other; their state has that of each."""

    def forward(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        after = []
        for layer, before in zip(self, state or [None] * len(self), strict=True):
            x_TB, now = layer(x_TB, before)
            after.append(now)
        return x_TB, tuple(after)


class SpikingNetwork(nn.Module, ABC):
    """The network of a configuration: it maps samples (B, *input_shape) to readouts (T, B, K)."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        self.config = config

    def _get_name(self) -> str:
        return str(self.config.network.name)

    def extra_repr(self) -> str:
        return ", ".join(f"{k}={v!r}" for k, v in self.config.network if k != "name")

    def forward(self, x_B: Tensor) -> Tensor:
        if not tracing():
            check(self, self.config, x_B)
        return self.run(encode(self.config, x_B))[0]

    @abstractmethod
    def run(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """The readouts o_TBK of what the network sees at each step, and the state after the last."""

    def initial(self, x_B: Tensor) -> Any:
        """The state before the first step, for inputs like `x_B`; None: each part begins as it does by itself."""
        return None

    def step(self, x_B: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step in evaluation: the readouts o_BK and the next state. So what it gives can be fed back to it."""
        o_TBK, state = self.run(x_B[None], state)
        return o_TBK[0], state

    def __prepare_scriptable__(self) -> None:
        raise UserError("torch.jit.script: got a network; give it to torch.jit.trace or torch.export.export")


class Classifier(SpikingNetwork):
    """Maps images (B, C, H, W) or event frames (B, T, C, H, W) to readouts (T, B, K)."""

    def __init__(
        self, config: Configuration, layers: Layers, readout: nn.Module, hidden: nn.Module | None = None
    ) -> None:
        super().__init__(config)
        self.layers = layers
        self.hidden = hidden
        self.readout = readout

    def run(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        inner, hidden = state or (None, None)
        s_TB, inner = self.layers(channels_last(x_TB), inner)
        f_TBF = self.pooled(s_TB)
        if self.hidden:
            f_TBF, hidden = self.hidden(f_TBF, hidden)
        return self.readout(self.drop(f_TBF)), (inner, hidden)

    def pooled(self, s_TBCHW: Tensor) -> Tensor:
        return s_TBCHW.mean((-1, -2))

    def drop(self, f_TBF: Tensor) -> Tensor:
        """Dropout of the same features at every step."""
        p: float = self.config.network.dropout  # type: ignore[attr-defined]
        return f_TBF * dropout(torch.ones_like(f_TBF[0]), p) if self.training and p else f_TBF


def channels_last(x_TBCHW: Tensor) -> Tensor:
    """The same, lying in memory as convolutions on a CPU like it; what follows from it lies so too."""
    if x_TBCHW.device.type != "cpu" or exporting() or transforming():
        return x_TBCHW
    return x_TBCHW.flatten(0, 1).contiguous(memory_format=torch.channels_last).view(x_TBCHW.shape)


def synapse(params: SynapseParams, inputs: int, outputs: int, **how: int) -> Synapse:
    """One of the catalog, between so many inputs and outputs; of images, channels: `how` has size and stride."""
    module: Synapse = catalog.synapses.load(params.name).Synapse(params, inputs, outputs, **how)
    return module


def neurons(config: Configuration) -> list[nn.Module]:
    """The neuron module of every spiking layer."""
    return [catalog.neurons.load(p.name).Neuron(p) for p in config.neurons]


def construct(network: Callable[[Configuration], nn.Module], config: Configuration, seed: int | None) -> nn.Module:
    """A network with initial weights of `seed`, drawn on the CPU; a first pass gives lazy layers their shapes."""
    with torch.device("cpu"):
        if seed is None:
            return _initialised(network(config), config)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed the GPUs' too
            return _initialised(network(config), config)


def _initialised(module: nn.Module, config: Configuration) -> nn.Module:
    with torch.no_grad():
        module.eval()(torch.zeros(1, *config.input_shape))
    return module.train()
