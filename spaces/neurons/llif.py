r"""Long-term LIF (ST-DANO): inhibitory input raises the threshold of the steps that follow.

.. math::

    I[t] &= \mathrm{ReLU}(-X[t]), \qquad V_{th}[t] = V_{th}[t-1] + \gamma \tanh(I[t-1]) \\
    V[t] &= e^{-1/\tau} V[t-1] (1 - S[t-1]) + X[t], \qquad S[t] = H(V[t] - V_{th}[t])

with one threshold per neuron; `gamma` = 0 is LIF. Shapes: T steps, B batch (any trailing shape).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from spaces.compiled import Kernel
from spaces.gradients.spike import spike
from spaces.multi_step import Stepwise, reset
from spaces.neurons.params.llif import Params
from spaces.part import Operations


class State(NamedTuple):
    v_B: Tensor
    s_B: Tensor
    v_th_B: Tensor  # of the next step


class Neuron(Stepwise):
    """Hard reset; the gradient flows through reset and threshold."""

    params: Params

    def __init__(self, params: Params | None = None) -> None:
        super().__init__(params or Params())
        self.decay = math.exp(-1 / self.params.tau)

    def initial(self, x_B: Tensor) -> State:
        zero_B = torch.zeros_like(x_B)
        return State(zero_B, zero_B, torch.full_like(x_B, self.params.v_threshold))

    def step(self, x_B: Tensor, state: State) -> tuple[Tensor, State]:
        v_B = self.decay * state.v_B * (1 - reset(state.s_B, self.params)) + x_B
        s_B = spike(v_B - state.v_th_B, self.params.surrogate)
        v_th_B = state.v_th_B + self.params.gamma * torch.tanh(torch.relu(-x_B))
        return s_B, State(v_B, s_B, v_th_B)

    def kernel(self, dtype: torch.dtype) -> Kernel:
        p = self.params
        return Kernel("llif", State, p, self.decay, rest=p.v_threshold, others=(p.gamma,))

    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        n = x_TB.numel()
        return Operations(macs=n, acs=n, transcendentals=float((x_TB < 0).sum()))
