r"""Recurrent spiking layers and a leaky readout, for sequences (the layers of Bittar & Garner 2022).

.. math:: X[t] = \mathrm{BN}(W z[t]) + V s[t-1], \qquad o[t] = k\,o[t-1] + (1 - k) (U s[t] + b), \qquad k = e^{-1/\tau}

with :math:`z` the layer's input, :math:`s` its neurons' spikes and :math:`V` orthogonal at the start. BatchNorm sees
the whole sequence at once; samples of any shape are flattened.

Shapes: T steps, B batch, N neurons, K classes.
"""

import math
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from spaces.configuration import Configuration
from spaces.kernels import Kernel, available
from spaces.multi_step import Stepwise, is_heard
from spaces.networks._spiking import SpikingLayer, construct, encode, neurons
from spaces.networks.params.recurrent import Params
from spaces.neurons.super_neuron import Neuron as SuperNeuron


class Recurrent(nn.Module):
    """Neurons whose spikes come back to all of them at the next step."""

    def __init__(self, n: int, neuron: nn.Module) -> None:
        super().__init__()
        self.synapse = nn.Linear(n, n, bias=False)
        nn.init.orthogonal_(self.synapse.weight)
        self.neuron = neuron

    def forward(self, x_TBN: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        kernel = self._kernel(x_TBN) if available(x_TBN) else None
        if kernel is None:
            return self.literal(x_TBN, state)
        fed_BN, inner = state or (torch.zeros_like(x_TBN[0]), None)
        s_TBN, inner = kernel.recurrent(x_TBN, self.synapse.weight, fed_BN, inner)
        return s_TBN, (s_TBN[-1], inner)

    def _kernel(self, x_TBN: Tensor) -> Kernel | None:
        """The neuron's, unless somebody listens to single steps, or has put another synapse here."""
        plain = type(self.synapse) is nn.Linear and self.synapse.bias is None and x_TBN.dim() == 3
        if not isinstance(self.neuron, Stepwise) or not plain or is_heard(self.synapse, self.neuron):
            return None
        return self.neuron.kernel(x_TBN.dtype)

    def literal(self, x_TBN: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Step by step: what the kernel is held equal to."""
        s_BN, inner = state or (torch.zeros_like(x_TBN[0]), None)
        spikes = []
        for x_BN in x_TBN.unbind(0):
            s_1BN, inner = self.neuron((x_BN + self.synapse(s_BN))[None], inner)
            s_BN = s_1BN[0]
            spikes.append(s_BN)
        return torch.stack(spikes), (s_BN, inner)


def recurrent(n: int, neuron: nn.Module) -> nn.Module:
    """Each candidate of a super neuron recurs by itself: BatchNorms within the loop would let gradients explode."""
    if not isinstance(neuron, SuperNeuron):
        return Recurrent(n, neuron)
    neuron.neurons = nn.ModuleList(Recurrent(n, candidate) for candidate in neuron.neurons)
    return neuron


class Network(nn.Module):
    """Maps samples (B, T, ...), or (B, ...) by direct encoding, to readouts (T, B, K)."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        params = config.network
        assert isinstance(params, Params)
        self.config = config
        sizes = (math.prod(config.step_shape), *params.units)
        layers = (
            SpikingLayer(nn.Linear(n_in, n, bias=False), nn.BatchNorm1d(n), recurrent(n, neuron))
            for (n_in, n), neuron in zip(pairwise(sizes), neurons(config), strict=True)
        )
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
