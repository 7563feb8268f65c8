r"""A super neuron over a whole sequence: its candidates in one pass over the input, mixed by the codes of their spikes.

With shares w, and each candidate's BatchNorm (gain :math:`\gamma`, shift :math:`\beta`) by channel c,

.. math:: Z = \sum_k w_k (\gamma_{kc} (S_k - p_{kc}) r_{kc} + \beta_{kc}), \qquad r_{kc} = (v_{kc} + \epsilon)^{-1/2}

In training p is the share of candidate k's spikes among the M values of the channel, and :math:`v = p (1 - p)`, since
spikes are 0 or 1; in evaluation both are the running ones. With :math:`G_c = \sum g` over a gradient g of Z, and
:math:`H_{kc} = \sum g (S_k - p_{kc}) r_{kc}`, the gradients are

.. math::

    \partial \gamma_{kc} &= w_k H_{kc}, \qquad \partial \beta_{kc} = w_k G_c, \qquad
    \partial w_k = \sum_c \gamma_{kc} H_{kc} + \beta_{kc} G_c \\
    \partial S_k &= w_k \gamma_{kc} r_{kc} \Big(g - \frac{G_c + (S_k - p_{kc}) r_{kc} H_{kc}}{M}\Big)

without the fraction in evaluation. (Autograd of :math:`p (1 - p)` would be wrong: a variance's derivative by a value
depends on that value.)

Shapes: T steps, B batch, C channels (any trailing shape), K candidates, S numbers of all their states.
"""

import ctypes
from typing import Any

import torch
from torch import Tensor

from spaces.compiled.library import (
    LIBRARIES,
    PLANES,
    Call,
    call,
    dense,
    gradients,
    like,
    of_those_there,
    on_threads,
    summed,
)

MOST = 8  # candidates: a code is a byte


class Mixture(ctypes.Structure):
    """As in ``super_neuron.h``."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in ("candidates", "channels", "positions")),
        ("calls", ctypes.POINTER(Call)),
        *((name, ctypes.c_void_p) for name in ("codes", "table", "mixed", "grad_mixed", "scale", "shift", "slope")),
    ]


@torch.library.custom_op("spaces::super_neuron", mutates_args=(), device_types="cpu")
def super_neuron(
    x_TBC: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    share_K: Tensor,
    gain_KC: Tensor,
    shift_KC: Tensor,
    running_2KC: Tensor | None,
    epsilon: float,
    names: str,
    constants: list[float],
    parameters: list[int],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The mixture, the candidates' last states, the codes, and the share of spikes by candidate and channel.

    Args:
        learned: the candidates' learned parameters, one candidate's after the other's; `parameters` says how many each.
        running_2KC: means and variances, in evaluation; None in training.
        names, constants: of the candidates' kernels, joined by commas and one after the other.
    """
    x_TBC, state_SB, learned = x_TBC.contiguous(), dense(state_SB), dense(learned)
    mixed_TBC, final_SB, codes_TBC, rate_KC = _outputs(x_TBC, gain_KC, names)
    calls = _calls(names, constants, parameters, x_TBC, state=state_SB, learned=learned, final=final_SB)
    mixture = _mixture(calls, x_TBC, codes=codes_TBC, mixed=mixed_TBC)
    library, samples, count = LIBRARIES[x_TBC.dtype], x_TBC.shape[1], x_TBC.numel()
    counts_KC = summed(library.super_encode, mixture, gain_KC.shape, samples, count)
    rate_KC.copy_(counts_KC / (count // x_TBC.shape[2]))
    p_KC, r_KC = _statistics(rate_KC, running_2KC, epsilon)
    bits_KE = torch.arange(2 ** len(calls)) >> torch.arange(len(calls))[:, None] & 1
    normalised_KCE = gain_KC.double()[..., None] * (bits_KE[:, None] - p_KC[..., None]) * r_KC[..., None]
    table_CE = torch.tensordot(share_K.double(), normalised_KCE + shift_KC.double()[..., None], 1).to(x_TBC.dtype)
    mixture.table = table_CE.contiguous().data_ptr()
    on_threads(lambda low, high: library.super_decode(ctypes.byref(mixture), low, high), samples, count)
    return mixed_TBC, final_SB, codes_TBC, rate_KC


@torch.library.custom_op("spaces::super_neuron_backward", mutates_args=(), device_types="cpu")
def super_neuron_backward(
    grad_TBC: Tensor,
    grad_final_SB: Tensor | None,
    codes_TBC: Tensor,
    rate_KC: Tensor,
    x_TBC: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    share_K: Tensor,
    gain_KC: Tensor,
    shift_KC: Tensor,
    running_2KC: Tensor | None,
    epsilon: float,
    names: str,
    constants: list[float],
    parameters: list[int],
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """The gradients of input, state and learned parameters (both empty where there are none), share, gain and shift."""
    x_TBC, state_SB, learned = x_TBC.contiguous(), dense(state_SB), dense(learned)
    grad_TBC, grad_final_SB = grad_TBC.contiguous(), dense(grad_final_SB)
    inputs = (state_SB, learned, share_K, gain_KC, shift_KC)
    grad_x_TBC, grad_state, grad_learned, grad_share_K, grad_gain_KC, grad_shift_KC = gradients(x_TBC, *inputs)
    given = {"state": state_SB, "learned": learned, "grad_final": grad_final_SB}
    wanted = {"grad_x": grad_x_TBC, "grad_state": None if state_SB is None else grad_state}
    calls = _calls(names, constants, parameters, x_TBC, **given, **wanted)
    mixture = _mixture(calls, x_TBC, codes=codes_TBC, grad_mixed=grad_TBC)
    library, samples, count = LIBRARIES[x_TBC.dtype], x_TBC.shape[1], x_TBC.numel()
    sums = summed(library.super_reduce, mixture, (1 + len(calls), x_TBC.shape[2]), samples, count)
    p_KC, r_KC = _statistics(rate_KC, running_2KC, epsilon)
    share_K1, gain, shift = share_K.double()[:, None], gain_KC.double(), shift_KC.double()
    g_C, h_KC = sums[0], (sums[1:] - p_KC * sums[0]) * r_KC
    grad_gain_KC.copy_(share_K1 * h_KC)
    grad_shift_KC.copy_(share_K1 * g_C)
    grad_share_K.copy_((gain * h_KC + shift * g_C).sum(1))
    through = 0.0 if running_2KC is not None else x_TBC.shape[2] / count
    lanes = [z.to(x_TBC.dtype).contiguous() for z in _lanes(share_K1 * gain * r_KC, g_C, h_KC, p_KC, r_KC, through)]
    mixture.scale, mixture.shift, mixture.slope = (z.data_ptr() for z in lanes)
    grad_learned.copy_(summed(library.super_backward, mixture, grad_learned.shape, samples, count))
    return grad_x_TBC, grad_state, grad_learned, grad_share_K, grad_gain_KC, grad_shift_KC


def _statistics(rate_KC: Tensor, running_2KC: Tensor | None, epsilon: float) -> tuple[Tensor, Tensor]:
    """p and r."""
    p_KC = rate_KC if running_2KC is None else running_2KC[0].double()
    variance_KC = p_KC * (1 - p_KC) if running_2KC is None else running_2KC[1].double()
    return p_KC, (variance_KC + epsilon).rsqrt()


def _lanes(
    scale_KC: Tensor, g_C: Tensor, h_KC: Tensor, p_KC: Tensor, r_KC: Tensor, through: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradient of a spike s is scale g + shift + slope s; `through` the statistics is 1 / M, in evaluation 0."""
    slope_KC = -scale_KC * r_KC * h_KC * through
    return scale_KC, -scale_KC * g_C * through - slope_KC * p_KC, slope_KC


def _calls(
    names: str, constants: list[float], parameters: list[int], x_TBC: Tensor, **tensors: Tensor | None
) -> "ctypes.Array[Call]":
    """A call for each candidate, with its part of states and learned parameters."""
    each = names.split(",")
    width = len(constants) // len(each)
    calls, plane, parameter = (Call * len(each))(), 0, 0
    for k, name in enumerate(each):
        parts = {
            key: z if z is None or key == "grad_x" else z[plane:] for key, z in tensors.items() if key != "learned"
        }
        learned = tensors["learned"]
        parts["learned"] = None if learned is None else learned[parameter:]
        calls[k] = call(name, constants[k * width : (k + 1) * width], x_TBC, **parts)
        plane, parameter = plane + PLANES[name], parameter + parameters[k]
    return calls


def _mixture(calls: "ctypes.Array[Call]", x_TBC: Tensor, **tensors: Tensor) -> Mixture:
    positions = x_TBC[0, 0, 0].numel()
    pointers = {key: z.data_ptr() for key, z in tensors.items()}
    return Mixture(len(calls), x_TBC.shape[2], positions, calls, **pointers)


def _outputs(x_TBC: Tensor, gain_KC: Tensor, names: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    planes = sum(PLANES[name] for name in names.split(","))
    mixed_TBC, final_SB = like(x_TBC), x_TBC.new_empty((planes, *x_TBC.shape[1:]))
    codes_TBC = torch.empty_like(mixed_TBC, dtype=torch.uint8)
    return mixed_TBC, final_SB, codes_TBC, torch.empty_like(gain_KC, dtype=torch.float64)


@super_neuron.register_fake
def _(x_TBC: Tensor, state_SB: Any, learned: Any, share_K: Any, gain_KC: Tensor, *rest: Any) -> tuple[Tensor, ...]:
    return _outputs(x_TBC, gain_KC, rest[3])


@super_neuron_backward.register_fake
def _(grad: Any, grad_final: Any, codes: Any, rate: Any, *inputs: Any) -> Any:
    return gradients(*inputs[:6])


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.save_for_backward(*output[2:], *inputs[:7])
    ctx.rest = inputs[7:]
    ctx.set_materialize_grads(False)


def _derivative(ctx: Any, grad_TBC: Tensor | None, grad_final_SB: Tensor | None, *_: Any) -> tuple[Any, ...]:
    saved = ctx.saved_tensors
    grad_TBC = torch.zeros_like(saved[2]) if grad_TBC is None else grad_TBC
    grads = super_neuron_backward(grad_TBC, grad_final_SB, *saved, *ctx.rest)
    return *of_those_there(grads, saved[2:8]), None, *(None for _ in ctx.rest)


super_neuron.register_autograd(_derivative, setup_context=_save)
