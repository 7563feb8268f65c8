r"""A recurrent network that stays as it was drawn, with a linear readout (Jaeger 2001; HRSNN's topology).

.. math::

    v[t] &= k v[t-1] (1 - s[t-1]) + (1 - k) (b + g W r[t-1] + w u[t]), \qquad k = e^{-1/\tau} \\
    \text{rate:} \quad & s = 0, \quad b = 0, \quad r[t] = \tanh v[t] \\
    \text{LIF:} \quad & s[t] = H(v[t] - 1), \quad b = 1, \quad r[t] = q r[t-1] + (1 - q) s[t], \qquad q = e^{-1/5}

with u the input and, drawn for every unit from the configuration's distributions, the time constant :math:`\tau` (in
steps), the gain g of its recurrent input and the size of its input weight w, of either sign. The readout sees r.

One unit of five, anywhere on a square grid, is inhibitory. Unit j reaches unit i with probability
:math:`C \exp(-(D_{ij} / \lambda)^2)`, D the distance in spacings of the grid. Its weight is the absolute value of a
standard normal, times -4 from an inhibitory unit, so that both kinds balance (choice); then W is scaled to a spectral
radius of 1 (choice).

Shapes: T steps, B batch, N units, F features of an input, K readouts.
"""

import math
from functools import partial
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from spaces.configuration import Configuration
from spaces.distributions.families import sample
from spaces.networks._samples import encode
from spaces.networks._spiking import SpikingNetwork, construct
from spaces.networks.params.reservoir import Params

EXCITATORY_TO_INHIBITORY = 4
SYNAPSE_KEEPS = math.exp(-1 / 5)  # of the trace of a unit's spikes at every step


class State(NamedTuple):
    v_BN: Tensor
    s_BN: Tensor
    r_BN: Tensor


class Network(SpikingNetwork):
    """Maps samples (B, T, ...), or (B, ...) by direct encoding, to readouts (T, B, K)."""

    recurrent_NN: Tensor
    input_NF: Tensor
    keep_N: Tensor

    def __init__(self, config: Configuration) -> None:
        super().__init__(config)
        params = config.network
        assert isinstance(params, Params)
        self.fires = params.cell == "lif"
        generator = torch.default_generator
        inhibitory_N = torch.zeros(params.units, dtype=torch.bool)
        inhibitory_N[torch.randperm(params.units, generator=generator)[: inhibitory_units(params.units)]] = True
        tau_N, gain_N = (
            torch.where(inhibitory_N, sample(inhibitory, (params.units,), generator), own)
            for inhibitory, own in (
                (params.tau_inhibitory, sample(params.tau_excitatory, (params.units,), generator)),
                (params.gain_inhibitory, sample(params.gain_excitatory, (params.units,), generator)),
            )
        )
        weight_NN = recurrent_weights(inhibitory_N, params.reach, params.connection, generator)
        dtype = torch.get_default_dtype()
        self.register_buffer("recurrent_NN", (gain_N[:, None] * weight_NN).to(dtype))
        self.register_buffer("input_NF", _input_weights(params, math.prod(config.step_shape), generator).to(dtype))
        self.register_buffer("keep_N", torch.exp(-1 / tau_N).to(dtype))
        self.readout = nn.Linear(params.units, config.classes)

    def run(self, x_TB: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        r_TBN, state = self._states(x_TB, state)
        return self.readout(r_TBN), state

    def initial(self, x_B: Tensor) -> State:
        return _at_rest(self._input(x_B[None])[0])

    def states(self, x_B: Tensor) -> Tensor:
        """What the readout sees, r_TBN, of samples of any number of steps."""
        return self._states(encode(self.config, x_B))[0]

    def _states(self, x_TB: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        input_TBN = self._input(x_TB)
        v_BN, s_BN, r_BN = state or _at_rest(input_TBN[0])
        states = []
        for i_BN in input_TBN.unbind(0):
            v_BN = self.keep_N * v_BN * (1 - s_BN) + (1 - self.keep_N) * (i_BN + r_BN @ self.recurrent_NN.T)
            if self.fires:
                s_BN = (v_BN >= 1).to(v_BN)
                r_BN = SYNAPSE_KEEPS * r_BN + (1 - SYNAPSE_KEEPS) * s_BN
            else:
                r_BN = torch.tanh(v_BN)
            states.append(r_BN)
        return torch.stack(states), State(v_BN, s_BN, r_BN)

    def _input(self, x_TB: Tensor) -> Tensor:
        return x_TB.flatten(2) @ self.input_NF.T + float(self.fires)


def _at_rest(input_BN: Tensor) -> State:
    zero_BN = torch.zeros_like(input_BN)
    return State(zero_BN, zero_BN, zero_BN)


def inhibitory_units(n: int) -> int:
    return n // (EXCITATORY_TO_INHIBITORY + 1)


def recurrent_weights(inhibitory_N: Tensor, reach: float, connection: float, generator: Generator) -> Tensor:
    """W (to, from), of spectral radius 1."""
    n = len(inhibitory_N)
    side = math.isqrt(n - 1) + 1
    place_N2 = torch.stack([torch.arange(n) // side, torch.arange(n) % side], 1).double()
    probability_NN = connection * torch.exp(-((torch.cdist(place_N2, place_N2) / reach) ** 2)).fill_diagonal_(0)
    connected_NN = torch.rand(n, n, generator=generator, dtype=torch.float64) < probability_NN
    size_NN = torch.randn(n, n, generator=generator, dtype=torch.float64).abs()
    weight_NN = connected_NN * size_NN * torch.where(inhibitory_N, -float(EXCITATORY_TO_INHIBITORY), 1.0)
    scaled: Tensor = weight_NN / torch.linalg.eigvals(weight_NN).abs().max()
    return scaled


def _input_weights(params: Params, features: int, generator: Generator) -> Tensor:
    """w (to, from); whole rows are zero for units without input."""
    shape = (params.units, features)
    receives_N = torch.rand(params.units, generator=generator) < params.input_share
    sign_NF = torch.randint(0, 2, shape, generator=generator) * 2 - 1
    return sample(params.input_gain, shape, generator) * sign_NF * receives_N[:, None]


build = partial(construct, Network)
