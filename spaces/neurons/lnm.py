r"""Learnable neuron model (LNM, Learning Neuron Dynamics within Deep SNNs): a learned polynomial keeps the potential.

.. math::

    V[t] = f(b(V[t-1])) (1 - S[t-1]) + X[t], \qquad S[t] = H(V[t] - V_{th}), \qquad
    f(u) = \sum_{i=1}^{N} \theta_i u^i

with one `theta` a layer and no constant term, so rest stays rest. `b` bounds the argument: a clip to [-1, 1] or to
[-5, 5], or tanh. It starts as a LIF: theta_1 = 0.25, the others 0 (choice: the published "initial decay 0.25" read as
the share that is kept); with the clip to [-1, 1] that is exact while V >= -1. Threshold 1/2, a rectangle of width 1 as
surrogate and a detached reset are the source's for static images.

Shapes: T steps, B batch (any trailing shape), N degree.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from spaces.compiled import Kernel
from spaces.gradients.spike import spike
from spaces.multi_step import Stepwise, reset
from spaces.neurons.params.lnm import START, Params
from spaces.part import Operations


class State(NamedTuple):
    v_B: Tensor
    s_B: Tensor


class Neuron(Stepwise):
    """Hard reset; `theta[i]` is the coefficient of u^(i + 1).

    >>> s_TB, state = Neuron()(torch.full((3, 1), 0.45))
    >>> s_TB.squeeze().tolist()
    [0.0, 1.0, 0.0]
    """

    params: Params

    def __init__(self, params: Params | None = None) -> None:
        super().__init__(params or Params())
        self.theta = nn.Parameter(torch.tensor([START] + [0.0] * (self.params.degree - 1)))

    def initial(self, x_B: Tensor) -> State:
        return State(torch.zeros_like(x_B), torch.zeros_like(x_B))

    def step(self, x_B: Tensor, state: State) -> tuple[Tensor, State]:
        kept_B = polynomial(self.theta, self._bounded(state.v_B))
        v_B = kept_B * (1 - reset(state.s_B, self.params)) + x_B
        s_B = spike(v_B - self.params.v_threshold, self.params.surrogate)
        return s_B, State(v_B, s_B)

    def kernel(self, dtype: torch.dtype) -> Kernel | None:
        p, degree = self.params, len(self.theta)  # which compression makes fewer than `params.degree`
        if degree > 6:
            return None
        name = f"lnm{degree}_tanh" if p.bounding == "tanh" else f"lnm{degree}"
        return Kernel(name, State, p, others=(p.bound,), learned=self.theta)

    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        tanhs = x_TB.numel() if self.params.bounding == "tanh" else 0
        return Operations(macs=self.params.degree * x_TB.numel(), transcendentals=tanhs)

    def _bounded(self, v_B: Tensor) -> Tensor:
        if self.params.bounding == "tanh":
            return torch.tanh(v_B)
        return v_B.clamp(-self.params.bound, self.params.bound)


def polynomial(theta_N: Tensor, u: Tensor) -> Tensor:
    """Horner's rule: sum of theta_i u^i from i = 1.

    >>> polynomial(torch.tensor([0.5, 0.0, 2.0]), torch.tensor([0.0, 1.0, -2.0])).tolist()
    [0.0, 2.5, -17.0]
    """
    f = torch.zeros_like(u)
    for theta in reversed(theta_N.unbind()):
        f = (f + theta) * u
    return f
