"""Spiking VGG (Simonyan & Zisserman 2015), with strides for pooling: conv, BatchNorm, neurons; a linear readout.

Shapes: T steps, B batch, C channels, H height, W width, K classes.
"""

from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from spaces.configuration import Configuration
from spaces.networks._spiking import SpikingLayer, construct, encode, neurons
from spaces.networks.params.vgg import Params


class Network(nn.Module):
    """Maps images (B, C, H, W) or event frames (B, T, C, H, W) to readouts (T, B, K)."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        self.encode = partial(encode, config)
        params = config.network
        assert isinstance(params, Params)
        channels = (config.step_shape[0], *params.channels)
        self.layers = nn.Sequential(
            *(
                SpikingLayer(
                    nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False),
                    nn.BatchNorm2d(c_out),
                    neuron,
                )
                for (c_in, c_out), stride, neuron in zip(
                    pairwise(channels), params.strides, neurons(config), strict=True
                )
            )
        )
        self.readout = nn.Linear(channels[-1], config.classes)

    def forward(self, x_B: Tensor) -> Tensor:
        o_TBK: Tensor = self.readout(self.layers(self.encode(x_B)).mean((-1, -2)))
        return o_TBK


build = partial(construct, Network)
