r"""Recurrent spiking layers and a leaky readout, for sequences (the layers of Bittar & Garner 2022).

.. math:: X[t] = \mathrm{BN}(W z[t]) + V s[t-1], \qquad o[t] = k\,o[t-1] + (1 - k) (U s[t] + b), \qquad k = e^{-1/\tau}

with :math:`z` the layer's input, :math:`s` its neurons' spikes and :math:`V` orthogonal at the start. BatchNorm sees
the whole sequence at once; samples of any shape are flattened. W and V are linear synapses, or those that `synapse`
names, each with a state of its own.

Shapes: T steps, B batch, N neurons, K classes.
"""

import math
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from spaces.compiled import Kernel, available
from spaces.configuration import Configuration
from spaces.multi_step import Stepwise, is_heard
from spaces.networks._spiking import Layers, SpikingLayer, SpikingNetwork, construct, neurons, synapse
from spaces.networks.params.recurrent import Params
from spaces.neurons.super_neuron import Neuron as SuperNeuron
from spaces.synapse import decaying
from spaces.synapses import linear
from spaces.synapses.params import SynapseParams
from spaces.synapses.params import linear as linear_params

LINEAR = linear_params.Params()


class Recurrent(nn.Module):
    """Neurons whose spikes come back to all of them at the next step.

    Its state: the spikes that come back, and the states of synapse and neurons.
    """

    def __init__(self, n: int, neuron: nn.Module, connects: SynapseParams = LINEAR) -> None:
        super().__init__()
        self.synapse = synapse(connects, n, n)
        nn.init.orthogonal_(self.synapse.weight)
        self.neuron = neuron

    def forward(self, x_TBN: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        kernel = self._kernel(x_TBN) if available(x_TBN) else None
        if kernel is None:
            return self.literal(x_TBN, state)
        fed_BN, _, inner = state or self._initial(x_TBN)
        s_TBN, inner = kernel.recurrent(x_TBN, self.synapse.weight, fed_BN, inner)
        return s_TBN, (s_TBN[-1], None, inner)

    def _kernel(self, x_TBN: Tensor) -> Kernel | None:
        """The neuron's, unless somebody listens to single steps, or has put another synapse here."""
        plain = type(self.synapse) is linear.Synapse and self.synapse.bias is None and x_TBN.dim() == 3
        if not isinstance(self.neuron, Stepwise) or not plain or is_heard(self.synapse, self.neuron):
            return None
        return self.neuron.kernel(x_TBN.dtype)

    def literal(self, x_TBN: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Step by step: what the kernel is held equal to."""
        s_BN, fed, inner = state or self._initial(x_TBN)
        spikes = []
        for x_BN in x_TBN.unbind(0):
            back_1BN, fed = self.synapse(s_BN[None], fed)
            s_1BN, inner = self.neuron(x_BN[None] + back_1BN, inner)
            s_BN = s_1BN[0]
            spikes.append(s_BN)
        return torch.stack(spikes), (s_BN, fed, inner)

    def _initial(self, x_TBN: Tensor) -> Any:
        return torch.zeros_like(x_TBN[0]), None, None


def recurrent(n: int, neuron: nn.Module, connects: SynapseParams) -> nn.Module:
    """Each candidate of a super neuron recurs by itself: BatchNorms within the loop would let gradients explode."""
    if not isinstance(neuron, SuperNeuron):
        return Recurrent(n, neuron, connects)
    neuron.neurons = nn.ModuleList(Recurrent(n, candidate, connects) for candidate in neuron.neurons)
    return neuron


class Network(SpikingNetwork):
    """Maps samples (B, T, ...), or (B, ...) by direct encoding, to readouts (T, B, K)."""

    def __init__(self, config: Configuration) -> None:
        super().__init__(config)
        params = config.network
        assert isinstance(params, Params)
        sizes = (math.prod(config.step_shape), *params.units)
        connects = params.synapse
        layers = (
            SpikingLayer(synapse(connects, n_in, n), nn.BatchNorm1d(n), recurrent(n, neuron, connects))
            for (n_in, n), neuron in zip(pairwise(sizes), neurons(config), strict=True)
        )
        self.layers = Layers(*layers)
        self.readout = nn.Linear(sizes[-1], config.classes)
        self.keep = math.exp(-1 / params.readout_tau)

    def run(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        inner, o_BK = state or (None, None)
        s_TBN, inner = self.layers(x_TB.flatten(2), inner)
        o_TBK, o_BK = decaying((1 - self.keep) * self.readout(s_TBN), self.keep, o_BK)
        return o_TBK, (inner, o_BK)


build = partial(construct, Network)
