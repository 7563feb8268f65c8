r"""Neurons whose spikes come back at the next step, over a whole sequence.

.. math:: C[t] = X[t] + W S[t-1]

drives the neurons. Each step is one small product and one step of the kernel, and the way back likewise; the weights'
gradient, :math:`\partial W = \sum_t \partial C[t] S[t-1]^\top`, is one large product at the end.

Shapes: T steps, B batch, N neurons, S numbers of a state, K constants of which every neuron has its own.
"""

import ctypes
from typing import Any

import torch
from torch import Tensor

from spaces.compiled.library import LIBRARIES, PLANES, call, dense, gradients, has_memory, like, of_those_there, pointer


@torch.library.custom_op("spaces::recurrent", mutates_args=(), device_types="cpu")
def recurrent(
    x_TBN: Tensor,
    weight_NN: Tensor,
    fed_BN: Tensor,
    state_SBN: Tensor | None,
    learned: Tensor | None,
    own_KBN: Tensor | None,
    name: str,
    constants: list[float],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The spikes, the last state; and for the way back the currents C and the states after each step.

    Args:
        fed_BN: the spikes that come back at the first step.
    """
    x_TBN, fed_BN, state_SBN = x_TBN.contiguous(), fed_BN.contiguous(), dense(state_SBN)
    learned, own_KBN = dense(learned), dense(own_KBN)
    s_TBN, final_SBN, current_TBN, states_TSBN = _outputs(x_TBN, name)
    step = call(name, constants, current_TBN[:1], learned=learned, own=own_KBN)
    forward = LIBRARIES[x_TBN.dtype].neuron_forward
    before_SBN, spikes_BN = state_SBN, fed_BN
    for x_BN, s_BN, current_BN, after_SBN in zip(x_TBN, s_TBN, current_TBN, states_TSBN, strict=True):
        torch.mm(spikes_BN, weight_NN.t(), out=current_BN).add_(x_BN)
        step.x, step.spikes, step.final = current_BN.data_ptr(), s_BN.data_ptr(), after_SBN.data_ptr()
        step.state = None if before_SBN is None else before_SBN.data_ptr()
        forward(ctypes.byref(step), 0, step.size)
        before_SBN, spikes_BN = after_SBN, s_BN
    return s_TBN, final_SBN.copy_(states_TSBN[-1]), current_TBN, states_TSBN


@torch.library.custom_op("spaces::recurrent_backward", mutates_args=(), device_types="cpu")
def recurrent_backward(
    grad_TBN: Tensor,
    grad_final_SBN: Tensor | None,
    s_TBN: Tensor,
    current_TBN: Tensor,
    states_TSBN: Tensor,
    weight_NN: Tensor,
    fed_BN: Tensor,
    state_SBN: Tensor | None,
    learned: Tensor | None,
    own_KBN: Tensor | None,
    name: str,
    constants: list[float],
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """The gradients of input, weights, first spikes, state, learned parameters and own constants (empty if none)."""
    state_SBN, learned, own_KBN, fed_BN = dense(state_SBN), dense(learned), dense(own_KBN), fed_BN.contiguous()
    inputs = (weight_NN, fed_BN, state_SBN, learned, own_KBN)
    grad_x_TBN, grad_weight_NN, grad_fed_BN, grad_state, grad_learned, grad_own = gradients(current_TBN, *inputs)
    sums = torch.zeros(grad_learned.shape, dtype=torch.float64)
    flowing_SBN = torch.zeros_like(states_TSBN[0]) if grad_final_SBN is None else grad_final_SBN.contiguous().clone()
    grad_s_BN = grad_TBN[-1].contiguous().clone()
    given = {"learned": learned, "own": own_KBN, "grad_own": grad_own.zero_()}
    step = call(name, constants, current_TBN[:1], **given, grad_spikes=grad_s_BN)
    step.grad_final = step.grad_state = flowing_SBN.data_ptr()
    backward = LIBRARIES[current_TBN.dtype].neuron_backward
    befores = [state_SBN, *states_TSBN[:-1]]
    for t in reversed(range(len(befores))):
        before_SBN, grad_current_BN = befores[t], grad_x_TBN[t]
        step.x, step.grad_x = current_TBN[t].data_ptr(), grad_current_BN.data_ptr()
        step.state = None if before_SBN is None else before_SBN.data_ptr()
        has_memory(backward(ctypes.byref(step), 0, step.size, pointer(sums)))
        if t:
            torch.addmm(grad_TBN[t - 1], grad_current_BN, weight_NN, out=grad_s_BN)
    torch.mm(grad_x_TBN[0], weight_NN, out=grad_fed_BN)
    torch.mm(grad_x_TBN[0].t(), fed_BN, out=grad_weight_NN)
    grad_weight_NN.addmm_(grad_x_TBN[1:].flatten(0, 1).t(), s_TBN[:-1].flatten(0, 1))
    if state_SBN is not None:
        grad_state.copy_(flowing_SBN)
    grad_learned.copy_(sums)
    return grad_x_TBN, grad_weight_NN, grad_fed_BN, grad_state, grad_learned, grad_own


def _outputs(x_TBN: Tensor, name: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    steps, batch, n = x_TBN.shape
    states_TSBN = x_TBN.new_empty((steps, PLANES[name], batch, n))
    return like(x_TBN), x_TBN.new_empty(states_TSBN.shape[1:]), like(x_TBN), states_TSBN


@recurrent.register_fake
def _(x_TBN: Tensor, weight: Any, fed: Any, state: Any, learned: Any, own: Any, name: str, _: Any) -> tuple[Any, ...]:
    return _outputs(x_TBN, name)


@recurrent_backward.register_fake
def _(grad: Any, grad_final: Any, s: Any, current_TBN: Tensor, states: Any, *inputs: Any) -> Any:
    return gradients(current_TBN, *inputs[:5])


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    s_TBN, _, current_TBN, states_TSBN = output
    ctx.save_for_backward(s_TBN, current_TBN, states_TSBN, *inputs[1:6])
    ctx.name, ctx.constants = inputs[6:]
    ctx.set_materialize_grads(False)


def _derivative(ctx: Any, grad_TBN: Tensor | None, grad_final_SBN: Tensor | None, *_: Any) -> tuple[Any, ...]:
    saved = ctx.saved_tensors
    grad_TBN = torch.zeros_like(saved[0]) if grad_TBN is None else grad_TBN
    grads = recurrent_backward(grad_TBN, grad_final_SBN, *saved, ctx.name, ctx.constants)
    return *of_those_there(grads, (saved[0], *saved[3:])), None, None


recurrent.register_autograd(_derivative, setup_context=_save)
