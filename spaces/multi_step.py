"""The one interface of all neurons: a sequence in, spikes and the final state out.

Shapes: T steps, B batch (any trailing shape).
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from spaces.compiled import Kernel, available, on_gpu
from spaces.params import Params
from spaces.part import Operations, Part

__all__ = ["MultiStep", "Operations", "Stepwise", "is_heard", "kept", "reset"]


class MultiStep(Part, ABC):
    """A neuron over `x_TB` of any trailing shape: returns spikes of that shape and the final state.

    The state is passed in and out, never kept, so a long sequence can be cut: the state of one chunk starts the next.
    """

    lateral: bool = False  # whether the neurons of a sample see each other; those of two samples never do

    @abstractmethod
    def forward(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]: ...

    @abstractmethod
    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        """What the updates that turned `x_TB` into `s_TB` cost, without those of neurons inside it."""


class Stepwise(MultiStep):
    """A neuron given by its step, and where it has one, by a compiled kernel that gives the same."""

    def __init__(self, params: Params, **own: Tensor) -> None:
        """
        Args:
            own: fields of `params` of which every neuron has its own, each a tensor that expands to a sample's neurons;
                a torch Parameter is learned.
        """
        super().__init__(params)
        self.varied = tuple(own)
        for field, value in own.items():
            if isinstance(value, torch.nn.Parameter):
                self.register_parameter(field, value)
            else:
                self.register_buffer(field, value)

    def _told(self, field: str, value: Any) -> str:
        own = field in self.varied
        return f"of shape {tuple(self.constant(field).shape)}" if own else super()._told(field, value)

    def constant(self, field: str) -> Any:
        """A field of `params`, or the tensor with every neuron's own."""
        return getattr(self if field in self.varied else self.params, field)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if {"step", "initial"} & vars(cls).keys() and "kernel" not in vars(cls):
            cls.kernel = Stepwise.kernel  # type: ignore[method-assign]  # another step needs another kernel

    def kernel(self, dtype: torch.dtype) -> Kernel | None:
        """The compiled form of `step` with its present parameters."""
        return None

    @abstractmethod
    def initial(self, x_B: Tensor) -> Any:
        """The state before the first step, for inputs like `x_B`."""

    @abstractmethod
    def step(self, x_B: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step: the spikes and the next state."""

    def forward(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        kernel = self.kernel(x_TB.dtype) if available(x_TB) or on_gpu(x_TB) else None
        return kernel(x_TB, state) if kernel else self.literal(x_TB, state)

    def literal(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Step by step: what every kernel is held equal to."""
        # unbind, not x_TB[t]: the backward of indexing fills a whole x_TB at every step.
        inputs = x_TB.unbind(0)
        if state is None or type(state) is tuple:  # TorchScript knows no names
            initial = self.initial(inputs[0])
            state = initial if state is None else type(initial)(*state)
        spikes = []
        for x_B in inputs:
            s_B, state = self.step(x_B, state)
            spikes.append(s_B)
        return torch.stack(spikes), state


def is_heard(*modules: torch.nn.Module) -> bool:
    """Whether somebody listens to one of these modules alone, by a hook."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return any(getattr(module, kind) for module in modules for kind in kinds)


def kept(tau: float | Tensor) -> float | Tensor:
    """The share of a decaying number that a step keeps, by its time constant in steps."""
    return torch.exp(-1 / tau) if isinstance(tau, Tensor) else math.exp(-1 / tau)


def reset(s_B: Tensor, params: Any) -> Tensor:
    """The spikes as the reset sees them: with their gradient, unless `detach_reset`."""
    return s_B.detach() if params.detach_reset else s_B
