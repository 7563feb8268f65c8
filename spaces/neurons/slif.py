r"""Short-term LIF (ST-DANO): the overshoot of a spike shortens the time constant of the next step.

.. math::

    \tau[t] &= \max(1.05, \tau_0 - \beta \tanh V_p[t-1]), \qquad
    V[t] = (V[t-1] - S[t-1] V_{th}) e^{-1/\tau[t]} + X[t] \\
    S[t] &= H(V[t] - V_{th}), \qquad V_p[t] = S[t] (V[t] - V_{th})

`beta` = 0 is a LIF with soft reset. Shapes: T steps, B batch (any trailing shape).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from spaces.compiled import Kernel
from spaces.gradients.spike import spike
from spaces.multi_step import Stepwise, reset
from spaces.neurons.params.slif import Params
from spaces.part import Operations

TAU_MIN = 1.05


class State(NamedTuple):
    v_B: Tensor
    s_B: Tensor


class Neuron(Stepwise):
    """Soft reset; the gradient flows through reset and time constant."""

    params: Params

    def __init__(self, params: Params | None = None) -> None:
        super().__init__(params or Params())
        resting = (torch.tensor(self.params.tau, dtype=d, device="cpu") for d in (torch.float32, torch.float64))
        self.decay = {tau.dtype: torch.exp(-1 / tau).item() for tau in resting}  # as torch rounds it

    def initial(self, x_B: Tensor) -> State:
        return State(torch.zeros_like(x_B), torch.zeros_like(x_B))

    def step(self, x_B: Tensor, state: State) -> tuple[Tensor, State]:
        p = self.params
        overshoot_B = state.s_B * (state.v_B - p.v_threshold)
        tau_B = (p.tau - p.beta * torch.tanh(overshoot_B)).clamp_min(TAU_MIN)
        v_B = (state.v_B - reset(state.s_B, p) * p.v_threshold) * torch.exp(-1 / tau_B) + x_B
        s_B = spike(v_B - p.v_threshold, p.surrogate)
        return s_B, State(v_B, s_B)

    def kernel(self, dtype: torch.dtype) -> Kernel:
        p = self.params
        return Kernel("slif", State, p, self.decay[dtype], others=(p.tau, p.beta))

    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        return Operations(macs=2 * x_TB.numel(), transcendentals=2 * float(s_TB.sum()))
