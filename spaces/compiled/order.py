"""Axes in the order in which they lie in memory.

Shapes: T steps, B batch, C channels, H height, W width, S numbers of a state.
"""

from torch import Tensor


def channels_last(x_TB: Tensor) -> bool:
    """Whether `x_TBCHW` lies in memory as `x_TBHWC`, as convolutions on a CPU like it."""
    return x_TB.dim() == 5 and not x_TB.is_contiguous() and x_TB.movedim(2, 4).is_contiguous()


def in_memory_order(z_SB: Tensor, x_TB: Tensor) -> Tensor:
    """A view of `z_SB`, axes as `x_TB` has them in memory; any order will do, since these neurons are all alone."""
    return z_SB.movedim(2, 4) if channels_last(x_TB) else z_SB


def out_of_memory_order(z_SB: Tensor, x_TB: Tensor) -> Tensor:
    return z_SB.movedim(4, 2) if channels_last(x_TB) else z_SB
