r"""Leaky integrate-and-fire (ST-DANO).

.. math:: V[t] = e^{-1/\tau} V[t-1] (1 - S[t-1]) + X[t], \qquad S[t] = H(V[t] - V_{th})

with one `tau` and `V_th` for all neurons, or one for each. Shapes: T steps, B batch (any trailing shape).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from spaces.compiled import Kernel
from spaces.gradients.spike import spike
from spaces.multi_step import Stepwise, kept, reset
from spaces.neurons.params.lif import Params
from spaces.part import Operations


class State(NamedTuple):
    v_B: Tensor
    s_B: Tensor


class Neuron(Stepwise):
    """Hard reset; the gradient flows through it unless `detach_reset`. `own`: `tau`, `v_threshold`.

    >>> s_TB, state = Neuron()(torch.full((3, 1), 0.7))
    >>> s_TB.squeeze().tolist()
    [0.0, 1.0, 0.0]
    """

    params: Params

    def __init__(self, params: Params | None = None, **own: Tensor) -> None:
        super().__init__(params or Params(), **own)

    @property
    def decay(self) -> float | Tensor:
        return kept(self.constant("tau"))

    def initial(self, x_B: Tensor) -> State:
        return State(torch.zeros_like(x_B), torch.zeros_like(x_B))

    def step(self, x_B: Tensor, state: State) -> tuple[Tensor, State]:
        v_B = self.decay * state.v_B * (1 - reset(state.s_B, self.params)) + x_B
        s_B = spike(v_B - self.constant("v_threshold"), self.params.surrogate)
        return s_B, State(v_B, s_B)

    def kernel(self, dtype: torch.dtype) -> Kernel:
        return Kernel("lif", State, self.params, self.decay, threshold=self.constant("v_threshold"))

    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        return Operations(macs=x_TB.numel())
