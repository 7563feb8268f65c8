r"""Every neuron's step and its adjoint on a GPU, in Triton: the operations of ``steps.h``, a program for BLOCK neurons.

A program takes its neurons through all steps with the state in registers. The way back runs forward once more, which
stores the states before each step, and then backward through them; nothing but the inputs is saved between the two.
Where ``steps.h`` uses expm1 this uses a logistic function, so tanh is right to an absolute rounding error only.

Shapes: T steps, B batch (any trailing shape), N neurons of it, S numbers of a state, D learned parameters,
K constants of which every neuron has its own.
"""

# mypy: disable-error-code="no-untyped-call"

from typing import Any

import torch
import triton
from torch import Tensor

from spaces.compiled.gpu_loops import backward_loop, forward_loop
from spaces.compiled.gpu_steps import LEARNED
from spaces.compiled.library import PLANES, SURROGATES, like

BLOCK = 256


def forward(
    x_TB: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    own_KB: Tensor | None,
    name: str,
    constants: list[float],
) -> tuple[Tensor, Tensor]:
    """As `spaces.compiled.neuron.neuron`."""
    s_TB, final_SB = like(x_TB), x_TB.new_empty((PLANES[name], *x_TB.shape[1:]))
    _through_time(x_TB, state_SB, learned, own_KB, name, constants, s_TB, final_SB, None)
    return s_TB, final_SB


def backward(
    grad_s_TB: Tensor,
    grad_final_SB: Tensor | None,
    x_TB: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    own_KB: Tensor | None,
    name: str,
    constants: list[float],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `spaces.compiled.neuron.neuron_backward`."""
    final_SB = x_TB.new_empty((PLANES[name], *x_TB.shape[1:]))
    states_TSB = x_TB.new_empty((len(x_TB), *final_SB.shape))
    _through_time(x_TB, state_SB, learned, own_KB, name, constants, like(x_TB), final_SB, states_TSB)
    grad_x_TB, grad_state_SB = like(x_TB), like(final_SB)
    grad_own = x_TB.new_empty(0) if own_KB is None else like(own_KB)
    programs = triton.cdiv(x_TB[0].numel(), BLOCK)
    sums_PD = torch.zeros((programs, LEARNED.value), dtype=torch.float64, device=x_TB.device)
    with torch.cuda.device_of(x_TB):
        backward_loop[(programs,)](
            x_TB.contiguous(),
            states_TSB,
            _or(learned, x_TB),
            _or(own_KB, x_TB),
            _numbers(constants, x_TB),
            grad_s_TB.contiguous(),
            _or(grad_final_SB, x_TB),
            grad_x_TB,
            grad_state_SB,
            sums_PD,
            grad_own,
            len(x_TB),
            x_TB[0].numel(),
            grad_final_SB is not None,
            **_variant(name, constants, own_KB),
        )
    of_state = x_TB.new_empty(0) if state_SB is None else grad_state_SB
    of_learned = x_TB.new_empty(0) if learned is None else sums_PD.sum(0)[: learned.numel()].to(x_TB.dtype)
    return grad_x_TB, of_state, of_learned, grad_own


def _through_time(
    x_TB: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    own_KB: Tensor | None,
    name: str,
    constants: list[float],
    s_TB: Tensor,
    final_SB: Tensor,
    states_TSB: Tensor | None,
) -> None:
    with torch.cuda.device_of(x_TB):
        forward_loop[(triton.cdiv(x_TB[0].numel(), BLOCK),)](
            x_TB.contiguous(),
            _or(state_SB, x_TB),
            _or(learned, x_TB),
            _or(own_KB, x_TB),
            _numbers(constants, x_TB),
            s_TB,
            final_SB,
            _or(states_TSB, x_TB),
            len(x_TB),
            x_TB[0].numel(),
            state_SB is not None,
            states_TSB is not None,
            **_variant(name, constants, own_KB),
        )


def _variant(name: str, constants: list[float], own_KB: Tensor | None) -> dict[str, Any]:
    kind, _, flavour = name.partition("_")
    return {
        "KIND": "lnm" if kind.startswith("lnm") else kind,
        "DEGREE": int(kind[3:]) if kind.startswith("lnm") else 0,
        "BY_TANH": flavour == "tanh",
        "OWN": 0 if own_KB is None else len(own_KB),
        "DETACH": constants[0] != 0,
        "SURROGATE": SURROGATES[int(constants[1])],
        "PLANES": PLANES[name],
        "BLOCK": BLOCK,
        "enable_fp_fusion": False,  # products and sums are rounded one by one, as in the literal steps
    }


def _or(tensor: Tensor | None, other: Tensor) -> Tensor:
    """What a program does not read must still be a pointer."""
    return other if tensor is None else tensor.contiguous()


def _numbers(constants: list[float], x_TB: Tensor) -> Tensor:
    """In the type of x: numbers among a kernel's arguments would be float32."""
    return torch.tensor(constants, dtype=x_TB.dtype, device=x_TB.device)
