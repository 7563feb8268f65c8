"""Spiking ResNet (He et al. 2016; Zheng et al. 2021): neurons in place of every rectifier.

A block adds its shortcut to the current of its second neurons, which spike after the sum:

    s = neuron(BN(conv(neuron(BN(conv(x))))) + shortcut(x))

so that all layers pass binary spikes on (choice: Zheng et al.'s form; SEW-ResNet adds spikes and MS-ResNet membrane
currents, with the same number of spiking layers). A block that changes the shape has a 1 x 1 convolution with BatchNorm
as its shortcut. Spiking layers from the input: the stem's, then two a block, then the hidden one of ResNet-19.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import Tensor, nn

from spaces.configuration import Configuration
from spaces.networks._spiking import Classifier, Layers, Normed, SpikingLayer, construct, neurons, synapse
from spaces.networks.params.resnet import Params
from spaces.synapses import linear
from spaces.synapses.params import SynapseParams
from spaces.synapses.params import linear as linear_params


class Block(nn.Module):
    def __init__(
        self, connects: SynapseParams, c_in: int, c_out: int, stride: int, neuron_1: nn.Module, neuron_2: nn.Module
    ) -> None:
        super().__init__()
        self.first = SpikingLayer(synapse(connects, c_in, c_out, stride=stride), nn.BatchNorm2d(c_out), neuron_1)
        self.second = Normed(synapse(connects, c_out, c_out), nn.BatchNorm2d(c_out))
        self.shortcut = (
            nn.Identity()
            if (c_in, stride) == (c_out, 1)
            else Normed(synapse(connects, c_in, c_out, size=1, stride=stride), nn.BatchNorm2d(c_out))
        )
        self.neuron = neuron_2

    def forward(self, x_TBCHW: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        first, second, shortcut, neuron = state or (None,) * 4
        s_TBCHW, first = self.first(x_TBCHW, first)
        current, second = self.second(s_TBCHW, second)
        beside = x_TBCHW
        if isinstance(self.shortcut, Normed):
            beside, shortcut = self.shortcut(x_TBCHW, shortcut)
        s_TBCHW, neuron = self.neuron(current + beside, neuron)
        return s_TBCHW, (first, second, shortcut, neuron)


class Network(Classifier):
    def __init__(self, config: Configuration) -> None:
        params = config.network
        assert isinstance(params, Params)
        neuron = iter(neurons(config))
        channels = [params.wide(c) for c in (params.stem_channels or params.channels[0], *params.channels)]
        stem = _stem(params, config.step_shape[0], channels[0], next(neuron))
        layers = Layers(stem, *_blocks(params, channels, neuron))
        hidden, features = None, channels[-1]
        if params.hidden:
            features = params.wide(params.hidden)
            connected = linear.Synapse(linear_params.Params(), channels[-1], features, bias=True)
            hidden = SpikingLayer(connected, nn.Identity(), next(neuron))
        super().__init__(config, layers, nn.Linear(features, config.classes), hidden)


def _stem(params: Params, c_in: int, c_out: int, neuron: nn.Module) -> SpikingLayer:
    if params.stem == "3x3":
        return SpikingLayer(synapse(params.synapse, c_in, c_out), nn.BatchNorm2d(c_out), neuron)
    pooling = nn.MaxPool2d(3, stride=2, padding=1)
    connected = synapse(params.synapse, c_in, c_out, size=7, stride=2)
    return SpikingLayer(connected, nn.BatchNorm2d(c_out), neuron, pooling)


def _blocks(params: Params, channels: list[int], neuron: Iterator[nn.Module]) -> Iterator[Block]:
    """Every stage but the first halves the size in its first block."""
    c_in, *stages = channels
    for stage, (c_out, number) in enumerate(zip(stages, params.blocks, strict=True)):
        for block in range(number):
            stride = 2 if stage and not block else 1
            yield Block(params.synapse, c_in, c_out, stride, next(neuron), next(neuron))
            c_in = c_out


build = partial(construct, Network)
