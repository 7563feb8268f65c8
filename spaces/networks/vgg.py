"""Spiking VGG (Simonyan & Zisserman 2015): convolution, BatchNorm, neurons; where it halves, a stride or pooling.

Of the published networks the convolutions are kept, and one linear readout replaces the fully connected layers, as is
usual for spiking ones. Choices: pooling of VGG-11, 13 and 16 takes the maximum, as in the original, which leaves spikes
binary; convolutions have no bias, since BatchNorm follows.
"""

from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from spaces.configuration import Configuration
from spaces.networks._spiking import Classifier, Layers, SpikingLayer, construct, neurons, synapse
from spaces.networks.params.vgg import Params

POOLING = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}


class Network(Classifier):
    def __init__(self, config: Configuration) -> None:
        params = config.network
        assert isinstance(params, Params)
        channels = (config.step_shape[0], *map(params.wide, params.channels))
        layers = [
            _layer(params, c_in, c_out, stride, neuron)
            for (c_in, c_out), stride, neuron in zip(pairwise(channels), params.strides, neurons(config), strict=True)
        ]
        flatten = params.readout == "flatten"
        readout = nn.LazyLinear(config.classes) if flatten else nn.Linear(channels[-1], config.classes)
        super().__init__(config, Layers(*layers), readout)
        self.flatten = flatten

    def pooled(self, s_TBCHW: Tensor) -> Tensor:
        return s_TBCHW.flatten(2) if self.flatten else super().pooled(s_TBCHW)


def _layer(params: Params, c_in: int, c_out: int, stride: int, neuron: nn.Module) -> SpikingLayer:
    if params.pooling == "stride":
        return SpikingLayer(synapse(params.synapse, c_in, c_out, stride=stride), nn.BatchNorm2d(c_out), neuron)
    pooling = POOLING[params.pooling](2) if stride == 2 else None
    return SpikingLayer(synapse(params.synapse, c_in, c_out), nn.BatchNorm2d(c_out), neuron, pooling)


build = partial(construct, Network)
