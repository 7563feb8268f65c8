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

from spaces.compiled.library import LIBRARIES, PLANES, Call, call, dense, has_memory, like, on_threads, pointer

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
    library = LIBRARIES[x_TBC.dtype]

    def encode(low: int, high: int) -> Tensor:
        counts_KC = torch.zeros(gain_KC.shape, dtype=torch.float64)
        has_memory(library.super_encode(ctypes.byref(mixture), low, high, pointer(counts_KC)))
        return counts_KC

    samples, count = x_TBC.shape[1], x_TBC.numel()
    rate_KC.copy_(torch.stack(on_threads(encode, samples, count)).sum(0) / (count // x_TBC.shape[2]))
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
    grads = _gradients(x_TBC, state_SB, learned, share_K, gain_KC, shift_KC)
    grad_x_TBC, grad_state, grad_learned, grad_share_K, grad_gain_KC, grad_shift_KC = grads
    given = {"state": state_SB, "learned": learned, "grad_final": grad_final_SB}
    wanted = {"grad_x": grad_x_TBC, "grad_state": None if state_SB is None else grad_state}
    calls = _calls(names, constants, parameters, x_TBC, **given, **wanted)
    mixture = _mixture(calls, x_TBC, codes=codes_TBC, grad_mixed=grad_TBC)
    library, samples, count = LIBRARIES[x_TBC.dtype], x_TBC.shape[1], x_TBC.numel()

    def reduce(low: int, high: int) -> Tensor:
        sums = torch.zeros(1 + len(calls), x_TBC.shape[2], dtype=torch.float64)
        library.super_reduce(ctypes.byref(mixture), low, high, pointer(sums))
        return sums

    sums = torch.stack(on_threads(reduce, samples, count)).sum(0)
    p_KC, r_KC = _statistics(rate_KC, running_2KC, epsilon)
    share_K1, gain, shift, values = (
        share_K.double()[:, None],
        gain_KC.double(),
        shift_KC.double(),
        count // x_TBC.shape[2],
    )
    g_C, h_KC = sums[0], (sums[1:] - p_KC * sums[0]) * r_KC
    grad_gain_KC.copy_(share_K1 * h_KC)
    grad_shift_KC.copy_(share_K1 * g_C)
    grad_share_K.copy_((gain * h_KC + shift * g_C).sum(1))
    scale_KC = share_K1 * gain * r_KC
    through = 0.0 if running_2KC is not None else 1 / values
    slope_KC = -scale_KC * r_KC * h_KC * through
    offset_KC = -scale_KC * g_C * through - slope_KC * p_KC
    lanes = [z.to(x_TBC.dtype).contiguous() for z in (scale_KC, offset_KC, slope_KC)]
    mixture.scale, mixture.shift, mixture.slope = (z.data_ptr() for z in lanes)

    def backward(low: int, high: int) -> Tensor:
        sums = torch.zeros(grad_learned.shape, dtype=torch.float64)
        has_memory(library.super_backward(ctypes.byref(mixture), low, high, pointer(sums)))
        return sums

    grad_learned.copy_(torch.stack(on_threads(backward, samples, count)).sum(0))
    return grads


def _statistics(rate_KC: Tensor, running_2KC: Tensor | None, epsilon: float) -> tuple[Tensor, Tensor]:
    """p and r."""
    p_KC = rate_KC if running_2KC is None else running_2KC[0].double()
    variance_KC = p_KC * (1 - p_KC) if running_2KC is None else running_2KC[1].double()
    return p_KC, (variance_KC + epsilon).rsqrt()


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
    mixed_TBC = like(x_TBC)
    final_SB = x_TBC.new_empty((planes, *x_TBC.shape[1:]))
    return (
        mixed_TBC,
        final_SB,
        torch.empty_like(mixed_TBC, dtype=torch.uint8),
        gain_KC.new_empty(gain_KC.shape).double(),
    )


def _gradients(
    x_TBC: Tensor, state_SB: Tensor | None, learned: Tensor | None, *parameters: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    of_state, of_learned = (x_TBC.new_empty(0) if z is None else like(z) for z in (state_SB, learned))
    of_share, of_gain, of_shift = (like(z) for z in parameters)
    return like(x_TBC), of_state, of_learned, of_share, of_gain, of_shift


@super_neuron.register_fake
def _(x_TBC: Tensor, state_SB: Any, learned: Any, share_K: Any, gain_KC: Tensor, *rest: Any) -> tuple[Tensor, ...]:
    return _outputs(x_TBC, gain_KC, rest[3])


@super_neuron_backward.register_fake
def _(grad: Any, grad_final: Any, codes: Any, rate: Any, *inputs: Any) -> tuple[Tensor, ...]:
    return _gradients(*inputs[:6])


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.save_for_backward(*output[2:], *inputs[:7])
    ctx.rest = inputs[7:]
    ctx.set_materialize_grads(False)


def _derivative(ctx: Any, grad_TBC: Tensor | None, grad_final_SB: Tensor | None, *_: Any) -> tuple[Any, ...]:
    saved = ctx.saved_tensors
    grad_TBC = torch.zeros_like(saved[2]) if grad_TBC is None else grad_TBC
    grads = super_neuron_backward(grad_TBC, grad_final_SB, *saved, *ctx.rest)
    wanted = [grad if z is not None else None for grad, z in zip(grads, saved[2:8], strict=True)]
    return *wanted, None, *(None for _ in ctx.rest)


super_neuron.register_autograd(_derivative, setup_context=_save)
