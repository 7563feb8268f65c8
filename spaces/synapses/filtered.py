r"""Filtered: the currents of a linear synapse decay exponentially, with a learned time constant for every neuron.

.. math:: I[t] = k I[t-1] + W x[t], \qquad k = e^{-1/\tau}, \qquad \tau = (\tau_1, \dots, \tau_O)

HetSyn (Deng et al.) has a time constant for every synapse, I_ji[t] = r_ji I_ji[t-1] + w_ji x_i[t]; here all synapses of
a neuron share one, so that their sum is filtered. The current is not scaled by 1 - k, as there. What is learned is a,
with k the logistic function of -a, which keeps it between 0 and 1 (choice: as the neuron PLIF; the source projects r to
[0, 1]).

Shapes: T steps, B batch, I inputs, O outputs, which are the neurons that it feeds.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from spaces import synapse
from spaces.part import Operations
from spaces.synapse import decaying, each_step, linear_operations
from spaces.synapses.params.filtered import Params


class Synapse(synapse.Synapse):
    """Its state is the currents of the step before.

    >>> s = Synapse(Params(tau=1 / math.log(2)), 1, 1)
    >>> nn.init.ones_(s.weight) and s(torch.tensor([[[1.0]], [[0.0]], [[1.0]]]))[0].flatten().tolist()
    [1.0, 0.5, 1.25]
    """

    a: Tensor

    def __init__(self, params: Params, inputs: int, outputs: int) -> None:
        super().__init__(params)
        self.weight = nn.Linear(inputs, outputs, bias=False).weight
        rate = 1 / params.tau
        a_O = torch.full((outputs,), rate + math.log(-math.expm1(-rate)))  # 1 - sigmoid(a) = exp(-rate)
        if params.learned:
            self.a = nn.Parameter(a_O)
        else:
            self.register_buffer("a", a_O)

    def forward(self, x_TB: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        fed_TBO = each_step(lambda x_BI: linear(x_BI, self.weight), x_TB)
        keep_O = torch.sigmoid(-self.a).to(fed_TBO.dtype)
        return decaying(fed_TBO, keep_O, state)

    def operations(self, x_TB: Tensor, y_TB: Tensor) -> Operations:
        """Those of a linear synapse, and for the decay a MAC an output and step."""
        connected = linear_operations(self.weight, x_TB, y_TB)
        return connected._replace(macs=connected.macs + y_TB.numel())

    def recorded(self) -> dict[str, Tensor]:
        """The time constants in steps."""
        return {"tau": -1 / nn.functional.logsigmoid(-self.a)} if self.params.learned else {}
