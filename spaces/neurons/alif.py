r"""Adaptive LIF (ALIF, Bellec et al. 2018, equations of the LSNN): its own spikes raise its threshold for a while.

.. math::

    V[t] &= e^{-1/\tau} V[t-1] + X[t] - B[t-1] S[t-1], \qquad S[t] = H(V[t] - B[t]) \\
    B[t] &= V_{th} + \beta b[t], \qquad b[t] = e^{-1/\tau_b} b[t-1] + (1 - e^{-1/\tau_b}) S[t-1]

with a threshold B per neuron; a spike subtracts the threshold that it crossed. `beta` = 0 is a LIF with soft reset, its
spike taken off after the decay. The input is not scaled by 1 - exp(-1/tau) (choice: as in the catalog's other neurons;
the source scales it). `beta` = 1.8 is the source's, tau_b = 10 steps a choice for short sequences (the source: 700 ms).
Shapes: T steps, B batch (any trailing shape).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from spaces.compiled import Kernel
from spaces.gradients.spike import spike
from spaces.multi_step import Stepwise, kept, reset
from spaces.neurons.params.alif import Params
from spaces.part import Operations


class State(NamedTuple):
    v_B: Tensor
    s_B: Tensor
    b_B: Tensor


class Neuron(Stepwise):
    """Soft reset; the gradient flows through reset and threshold.

    `own`: `tau`, `tau_adaptation`, `beta`, `v_threshold`.
    """

    params: Params

    def __init__(self, params: Params | None = None, **own: Tensor) -> None:
        super().__init__(params or Params(), **own)

    @property
    def decay(self) -> float | Tensor:
        return kept(self.constant("tau"))

    @property
    def decay_b(self) -> float | Tensor:
        return kept(self.constant("tau_adaptation"))

    def initial(self, x_B: Tensor) -> State:
        zero_B = torch.zeros_like(x_B)
        return State(zero_B, zero_B, zero_B)

    def step(self, x_B: Tensor, state: State) -> tuple[Tensor, State]:
        v_B = self.decay * state.v_B + x_B - self._threshold(state.b_B) * reset(state.s_B, self.params)
        decay_b = self.decay_b
        b_B = decay_b * state.b_B + (1 - decay_b) * state.s_B
        s_B = spike(v_B - self._threshold(b_B), self.params.surrogate)
        return s_B, State(v_B, s_B, b_B)

    def kernel(self, dtype: torch.dtype) -> Kernel:
        others = (self.decay_b, 1 - self.decay_b, self.constant("beta"))
        return Kernel("alif", State, self.params, self.decay, others=others, threshold=self.constant("v_threshold"))

    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        return Operations(macs=2 * x_TB.numel())

    def _threshold(self, b_B: Tensor) -> Tensor:
        threshold_B: Tensor = self.constant("v_threshold") + self.constant("beta") * b_B
        return threshold_B
