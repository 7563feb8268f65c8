r"""Parametric LIF (PLIF, Fang et al. 2021): a LIF that learns its time constant, one a layer.

.. math:: V[t] = (1 - \sigma(a)) V[t-1] (1 - S[t-1]) + X[t], \qquad S[t] = H(V[t] - V_{th})

with the logistic function sigma, which keeps the share between 0 and 1, and `a` learned. It starts where it keeps
exp(-1/tau), as a LIF of that `tau`. The input is not scaled by sigma(a) (choice: as in the catalog's other neurons; the
source scales it). Shapes: T steps, B batch (any trailing shape).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from spaces.compiled import Kernel
from spaces.gradients.spike import spike
from spaces.multi_step import Stepwise, reset
from spaces.neurons.params.plif import Params
from spaces.part import Operations


class State(NamedTuple):
    v_B: Tensor
    s_B: Tensor


class Neuron(Stepwise):
    """Hard reset; the gradient flows through it unless `detach_reset`.

    >>> s_TB, state = Neuron()(torch.full((3, 1), 0.7))
    >>> s_TB.squeeze().tolist()
    [0.0, 1.0, 0.0]
    """

    params: Params

    def __init__(self, params: Params | None = None) -> None:
        super().__init__(params or Params())
        rate = 1 / self.params.tau
        self.a = nn.Parameter(torch.tensor(rate + math.log(-math.expm1(-rate))))  # 1 - sigmoid(a) = exp(-rate)

    def initial(self, x_B: Tensor) -> State:
        return State(torch.zeros_like(x_B), torch.zeros_like(x_B))

    def step(self, x_B: Tensor, state: State) -> tuple[Tensor, State]:
        keep = torch.sigmoid(-self.a)
        v_B = keep * state.v_B * (1 - reset(state.s_B, self.params)) + x_B
        s_B = spike(v_B - self.params.v_threshold, self.params.surrogate)
        return s_B, State(v_B, s_B)

    def kernel(self, dtype: torch.dtype) -> Kernel:
        return Kernel("plif", State, self.params, learned=torch.sigmoid(-self.a))

    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        return Operations(macs=x_TB.numel())
