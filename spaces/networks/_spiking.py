"""What all spiking networks share: a layer, and reproducible construction.

Shapes: T steps, B batch, C channels, H height, W width.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from spaces import catalog
from spaces.configuration import Configuration


class SpikingLayer(nn.Module):
    """A synapse (convolution or linear), BatchNorm, neurons."""

    def __init__(self, synapse: nn.Module, norm: nn.Module, neuron: nn.Module) -> None:
        super().__init__()
        self.synapse = synapse
        self.norm = norm
        self.neuron = neuron

    def forward(self, x_TBCHW: Tensor) -> Tensor:
        current = self.norm(self.synapse(x_TBCHW.flatten(0, 1)))
        s_TBCHW: Tensor = self.neuron(current.unflatten(0, x_TBCHW.shape[:2]))[0]
        return s_TBCHW


def encode(config: Configuration, x_B: Tensor) -> Tensor:
    """The samples of a batch as a sequence `x_TB`."""
    return x_B.movedim(1, 0) if config.encoding == "frames" else x_B.expand(config.time_steps, *x_B.shape)


def neurons(config: Configuration) -> list[nn.Module]:
    """The neuron module of every spiking layer."""
    return [catalog.neurons.load(p.name).Neuron(p) for p in config.neurons]


def construct(network: Callable[[Configuration], nn.Module], config: Configuration, seed: int | None) -> nn.Module:
    """A network with initial weights of `seed`; a first pass gives lazy layers their shapes."""
    if seed is None:
        module = network(config)
    else:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed the GPUs' too
            module = network(config)
    with torch.no_grad():
        module.eval()(torch.zeros(1, *config.input_shape))
    return module.train()
