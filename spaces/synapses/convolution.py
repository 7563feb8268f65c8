r"""Convolution: the same weights at every position of an image.

.. math:: I_o[t] = \sum_i W_{oi} \star x_i[t]

over input channels i, padded so that a stride of 1 keeps the size; without bias, since BatchNorm follows (choice).
Shapes: B batch of steps, C channels, H height, W width.
"""

from torch import Tensor, nn
from torch.nn.functional import conv2d

from spaces.part import Operations
from spaces.synapse import Stateless, convolution_operations
from spaces.synapses.params.convolution import Params


class Synapse(Stateless):
    """
    >>> import torch
    >>> y_TBCHW, _ = Synapse(Params(), 3, 2, stride=2)(torch.zeros(5, 4, 3, 8, 8))
    >>> tuple(y_TBCHW.shape)
    (5, 4, 2, 4, 4)
    """

    def __init__(self, params: Params, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(params)
        self.stride = stride
        self.weight = nn.Conv2d(inputs, outputs, size, bias=False).weight

    @property
    def padding(self) -> int:
        return self.weight.shape[-1] // 2

    def batch(self, x_BCHW: Tensor) -> Tensor:
        return conv2d(x_BCHW, self.weight, stride=self.stride, padding=self.padding)

    def operations(self, x_TB: Tensor, y_TB: Tensor) -> Operations:
        return convolution_operations(self.weight, x_TB.flatten(0, 1), y_TB.flatten(0, 1), self.stride, self.padding)
