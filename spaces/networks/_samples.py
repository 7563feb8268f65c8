"""What goes into a network. Shapes: T steps, B batch; `x_TB` has any trailing shape."""

import torch
from torch import Tensor, nn

from spaces.configuration import Configuration
from spaces.errors import UserError


def encode(config: Configuration, x_B: Tensor) -> Tensor:
    """The samples of a batch as a sequence `x_TB`."""
    return x_B.movedim(1, 0) if config.encoding == "frames" else x_B.expand(config.time_steps, *x_B.shape)


def check(network: nn.Module, config: Configuration, x_B: Tensor) -> None:
    """
    Raises:
        UserError: the samples do not fit the configuration, or the network's weights.
    """
    if not isinstance(x_B, Tensor):
        raise UserError(f"input: got {type(x_B).__name__}; give a torch.Tensor")
    shape, got = config.input_shape, tuple(x_B.shape)
    if got[1:] != shape or not got:
        frames = f", {shape[0]} frames a sample" if config.encoding == "frames" else ""
        hint = ", as x[None] is" if got == shape else ""
        raise UserError(f"input: got shape {got}; give (batch, {', '.join(map(str, shape))}){frames}{hint}")
    weight = next(network.parameters(), x_B)
    if x_B.dtype != weight.dtype and not torch.is_autocast_enabled(x_B.device.type):
        raise UserError(f"input: got {x_B.dtype} for a network of {weight.dtype}; give x.to({weight.dtype})")
    if x_B.device != weight.device:
        raise UserError(f"input: got {x_B.device} for a network on {weight.device}; give x.to('{weight.device}')")
