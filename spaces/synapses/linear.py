r"""Linear: a weight from every input to every output.

.. math:: I[t] = W x[t]

without bias where BatchNorm follows (choice). Shapes: B batch of steps, I inputs,
O outputs.
"""

from torch import Tensor, nn
from torch.nn.functional import linear

from spaces.part import Operations
from spaces.synapse import Stateless, linear_operations
from spaces.synapses.params.linear import Params


class Synapse(Stateless):
    """
    >>> import torch
    >>> y_TBO, _ = Synapse(Params(), 3, 2)(torch.zeros(5, 4, 3))
    >>> tuple(y_TBO.shape)
    (5, 4, 2)
    """

    def __init__(self, params: Params, inputs: int, outputs: int, *, bias: bool = False) -> None:
        super().__init__(params)
        drawn = nn.Linear(inputs, outputs, bias)
        self.weight, self.bias = drawn.weight, drawn.bias

    def batch(self, x_BI: Tensor) -> Tensor:
        return linear(x_BI, self.weight, self.bias)

    def operations(self, x_TB: Tensor, y_TB: Tensor) -> Operations:
        return linear_operations(self.weight, x_TB, y_TB)
