r"""Leaky integrate-and-fire with an absolute refractory period.

.. math:: V[t] = e^{-1/\tau} V[t-1] (1 - S[t-1]) + (1 - R[t]) X[t], \qquad S[t] = H(V[t] - V_{th})

`R[t]` is 1 in the `refractory` steps after a spike: input is lost there. Shapes: T steps, B batch (any trailing shape).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from refractory_neurons.neurons.params.refractory_lif import Params
from spaces.gradients.spike import spike
from spaces.multi_step import Stepwise, reset
from spaces.part import Operations


class State(NamedTuple):
    v_B: Tensor
    s_B: Tensor
    rest_B: Tensor  # steps that are left to rest


class Neuron(Stepwise):
    """Hard reset; the gradient flows through it unless `detach_reset`."""

    params: Params

    def __init__(self, params: Params | None = None) -> None:
        super().__init__(params or Params())
        self.decay = math.exp(-1 / self.params.tau)

    def initial(self, x_B: Tensor) -> State:
        zero_B = torch.zeros_like(x_B)
        return State(zero_B, zero_B, zero_B)

    def step(self, x_B: Tensor, state: State) -> tuple[Tensor, State]:
        kept_B = self.decay * state.v_B * (1 - reset(state.s_B, self.params))
        v_B = torch.where(state.rest_B > 0, kept_B, kept_B + x_B)
        s_B = spike(v_B - self.params.v_threshold, self.params.surrogate)
        rest_B = torch.where(s_B > 0, float(self.params.refractory), (state.rest_B - 1).clamp_min(0))
        return s_B, State(v_B, s_B, rest_B.to(x_B.dtype))

    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        return Operations(macs=x_TB.numel())
