"""A neuron over a whole sequence, as an operator of torch with a derivative of its own.

The operator saves its inputs alone; the derivative runs forward again (``blocks.h``).

Shapes: T steps, B batch (any trailing shape), S numbers of a state, K constants of which every neuron has its own.
"""

import ctypes
from typing import Any

import torch
from torch import Tensor

from spaces.compiled.library import LIBRARIES, PLANES, call, dense, gradients, like, of_those_there, on_threads, summed


@torch.library.custom_op("spaces::neuron", mutates_args=(), device_types="cpu")
def neuron(
    x_TB: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    own_KB: Tensor | None,
    name: str,
    constants: list[float],
) -> tuple[Tensor, Tensor]:
    """The spikes, and the state after the last step; without a state it begins at rest."""
    x_TB, state_SB, learned, own_KB = x_TB.contiguous(), dense(state_SB), dense(learned), dense(own_KB)
    s_TB, final_SB = _outputs(x_TB, name)
    given = {"state": state_SB, "learned": learned, "own": own_KB}
    arguments = call(name, constants, x_TB, **given, spikes=s_TB, final=final_SB)
    forward = LIBRARIES[x_TB.dtype].neuron_forward
    on_threads(lambda low, high: forward(ctypes.byref(arguments), low, high), arguments.size, x_TB.numel())
    return s_TB, final_SB


@torch.library.custom_op("spaces::neuron_backward", mutates_args=(), device_types="cpu")
def neuron_backward(
    grad_s_TB: Tensor,
    grad_final_SB: Tensor | None,
    x_TB: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    own_KB: Tensor | None,
    name: str,
    constants: list[float],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The gradients of input, state, learned parameters and own constants (empty where there are none)."""
    grad_s_TB, grad_final_SB = grad_s_TB.contiguous(), dense(grad_final_SB)
    x_TB, state_SB, learned, own_KB = x_TB.contiguous(), dense(state_SB), dense(learned), dense(own_KB)
    grad_x_TB, grad_state, grad_learned, grad_own = gradients(x_TB, state_SB, learned, own_KB)
    given = {"state": state_SB, "learned": learned, "own": own_KB}
    given |= {"grad_spikes": grad_s_TB, "grad_final": grad_final_SB}
    wanted = {"grad_state": None if state_SB is None else grad_state, "grad_own": grad_own.zero_()}
    arguments = call(name, constants, x_TB, **given, **wanted, grad_x=grad_x_TB)
    backward = LIBRARIES[x_TB.dtype].neuron_backward
    grad_learned.copy_(summed(backward, arguments, grad_learned.shape, arguments.size, x_TB.numel()))
    return grad_x_TB, grad_state, grad_learned, grad_own


@neuron.register_kernel("cuda")
def _(*inputs: Any) -> tuple[Tensor, Tensor]:
    from spaces.compiled import gpu  # Triton is there where torch is for CUDA

    return gpu.forward(gpu.Inputs(*inputs))


@neuron_backward.register_kernel("cuda")
def _(grad_s_TB: Tensor, grad_final_SB: Tensor | None, *inputs: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    from spaces.compiled import gpu

    return gpu.backward(grad_s_TB, grad_final_SB, gpu.Inputs(*inputs))


@neuron.register_fake
def _(x_TB: Tensor, state_SB: Any, learned: Any, own_KB: Any, name: str, constants: Any) -> tuple[Tensor, Tensor]:
    return _outputs(x_TB, name)


@neuron_backward.register_fake
def _(grad_s_TB: Any, grad_final_SB: Any, *inputs: Any) -> Any:
    return gradients(*inputs[:4])


def _outputs(x_TB: Tensor, name: str) -> tuple[Tensor, Tensor]:
    return like(x_TB), x_TB.new_empty((PLANES[name], *x_TB.shape[1:]))


def _save(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
    *tensors, ctx.name, ctx.constants = inputs
    ctx.save_for_backward(*tensors)
    ctx.set_materialize_grads(False)


def _derivative(ctx: Any, grad_s_TB: Tensor | None, grad_final_SB: Tensor | None) -> tuple[Tensor | None, ...]:
    tensors = ctx.saved_tensors
    grad_s_TB = torch.zeros_like(tensors[0]) if grad_s_TB is None else grad_s_TB
    grads = neuron_backward(grad_s_TB, grad_final_SB, *tensors, ctx.name, ctx.constants)
    return *of_those_there(grads, tensors), None, None


neuron.register_autograd(_derivative, setup_context=_save)
