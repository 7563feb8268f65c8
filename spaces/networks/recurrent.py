r"""Recurrent spiking layers and a leaky readout, for sequences (the layers of Bittar & Garner 2022).

.. math:: X[t] = \mathrm{BN}(W z[t]) + V s[t-1], \qquad o[t] = k\,o[t-1] + (1 - k) (U s[t] + b), \qquad k = e^{-1/\tau}

with :math:`z` the layer's input, :math:`s` its neurons' spikes and :math:`V` orthogonal at the start. BatchNorm sees
the whole sequence at once; samples of any shape are flattened.

Shapes: T steps, B batch, N neurons, K classes.
"""

import math
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from spaces.configuration import Configuration
from spaces.networks._spiking import construct, each_step, encode, neurons
from spaces.networks.params.recurrent import Params


class RecurrentLayer(nn.Module):
    def __init__(self, n_in: int, n: int, neuron: nn.Module) -> None:
        super().__init__()
        self.synapse = nn.Linear(n_in, n, bias=False)
        self.norm = nn.BatchNorm1d(n)
        self.recurrent = nn.Linear(n, n, bias=False)
        nn.init.orthogonal_(self.recurrent.weight)
        self.neuron = neuron

    def forward(self, z_TBN: Tensor) -> Tensor:
        driven_TBN = each_step(lambda z: self.norm(self.synapse(z)), z_TBN)
        s_BN, state, spikes = torch.zeros_like(driven_TBN[0]), None, []
        for driven_BN in driven_TBN.unbind(0):
            s_TBN, state = self.neuron((driven_BN + self.recurrent(s_BN))[None], state)
            s_BN = s_TBN[0]
            spikes.append(s_BN)
        return torch.stack(spikes)


class Network(nn.Module):
    """Maps samples (B, T, ...), or (B, ...) by direct encoding, to readouts (T, B, K)."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        params = config.network
        assert isinstance(params, Params)
        self.config = config
        sizes = (math.prod(config.step_shape), *params.units)
        layers = (RecurrentLayer(*size, n) for size, n in zip(pairwise(sizes), neurons(config), strict=True))
        self.layers = nn.Sequential(*layers)
        self.readout = nn.Linear(sizes[-1], config.classes)
        self.keep = math.exp(-1 / params.readout_tau)

    def forward(self, x_B: Tensor) -> Tensor:
        current_TBK = self.readout(self.layers(encode(self.config, x_B).flatten(2)))
        o_BK, readouts = torch.zeros_like(current_TBK[0]), []
        for current_BK in current_TBK.unbind(0):
            o_BK = self.keep * o_BK + (1 - self.keep) * current_BK
            readouts.append(o_BK)
        return torch.stack(readouts)


build = partial(construct, Network)
