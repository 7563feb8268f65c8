"""What all spiking networks share: layers, a classifier's frame, and reproducible construction.

Shapes: T steps, B batch, C channels, H height, W width, F features, K classes; `x_TB` has any trailing shape.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from spaces import catalog
from spaces.configuration import Configuration


class SpikingLayer(nn.Module):
    """A synapse (convolution or linear), BatchNorm, neurons, pooling of their spikes."""

    def __init__(
        self, synapse: nn.Module, norm: nn.Module, neuron: nn.Module, pooling: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.synapse = synapse
        self.norm = norm
        self.neuron = neuron
        self.pooling = pooling

    def forward(self, x_TB: Tensor) -> Tensor:
        s_TB: Tensor = self.neuron(each_step(lambda x: self.norm(self.synapse(x)), x_TB))[0]
        return each_step(self.pooling, s_TB) if self.pooling else s_TB


class Classifier(nn.Module):
    """Maps images (B, C, H, W) or event frames (B, T, C, H, W) to readouts (T, B, K)."""

    def __init__(
        self, config: Configuration, layers: nn.Module, readout: nn.Module, hidden: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.config = config
        self.layers = layers
        self.hidden = hidden
        self.readout = readout

    def forward(self, x_B: Tensor) -> Tensor:
        f_TBF = self.pooled(self.layers(channels_last(encode(self.config, x_B))))
        f_TBF = self.hidden(f_TBF) if self.hidden else f_TBF
        o_TBK: Tensor = self.readout(self.drop(f_TBF))
        return o_TBK

    def pooled(self, s_TBCHW: Tensor) -> Tensor:
        return s_TBCHW.mean((-1, -2))

    def drop(self, f_TBF: Tensor) -> Tensor:
        """Dropout of the same features at every step."""
        p: float = self.config.network.dropout  # type: ignore[attr-defined]
        return f_TBF * dropout(torch.ones_like(f_TBF[0]), p) if self.training and p else f_TBF


def each_step(module: Callable[[Tensor], Tensor], x_TB: Tensor) -> Tensor:
    """`module` of every step of every sample, as one batch."""
    y = module(x_TB.flatten(0, 1))
    return y.reshape(*x_TB.shape[:2], *y.shape[1:])


def encode(config: Configuration, x_B: Tensor) -> Tensor:
    """The samples of a batch as a sequence `x_TB`."""
    return x_B.movedim(1, 0) if config.encoding == "frames" else x_B.expand(config.time_steps, *x_B.shape)


def channels_last(x_TBCHW: Tensor) -> Tensor:
    """The same, lying in memory as convolutions on a CPU like it; what follows from it lies so too."""
    if x_TBCHW.device.type != "cpu":
        return x_TBCHW
    return x_TBCHW.flatten(0, 1).contiguous(memory_format=torch.channels_last).view(x_TBCHW.shape)


def convolution(c_in: int, c_out: int, size: int = 3, stride: int = 1) -> nn.Conv2d:
    """Without bias, since BatchNorm follows; padded so that stride 1 keeps the size."""
    return nn.Conv2d(c_in, c_out, size, stride, padding=size // 2, bias=False)


def neurons(config: Configuration) -> list[nn.Module]:
    """The neuron module of every spiking layer."""
    return [catalog.neurons.load(p.name).Neuron(p) for p in config.neurons]


def construct(network: Callable[[Configuration], nn.Module], config: Configuration, seed: int | None) -> nn.Module:
    """A network with initial weights of `seed`; a first pass gives lazy layers their shapes."""
    if seed is None:
        return _initialised(network(config), config)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed the GPUs' too
        return _initialised(network(config), config)


def _initialised(module: nn.Module, config: Configuration) -> nn.Module:
    with torch.no_grad():
        module.eval()(torch.zeros(1, *config.input_shape))
    return module.train()
