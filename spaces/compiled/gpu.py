r"""Every neuron's step and its adjoint on a GPU, in Triton: the operations of ``steps.h``, a program for BLOCK neurons.

A program takes its neurons through all steps with the state in registers. The way back runs forward once more, which
stores the states before each step, and then backward through them; nothing but the inputs is saved between the two.
Where ``steps.h`` uses expm1 this uses a logistic function, so tanh is right to an absolute rounding error only.

Shapes: T steps, B batch (any trailing shape), N neurons of it, S numbers of a state, D learned parameters,
K constants of which every neuron has its own.
"""

# mypy: disable-error-code="no-untyped-call"

from typing import Any, NamedTuple

import torch
import triton
from torch import Tensor

from spaces.compiled.gpu_loops import backward_loop, forward_loop
from spaces.compiled.gpu_steps import LEARNED
from spaces.compiled.library import PLANES, SURROGATES, gradients, like

BLOCK = 256


class Inputs(NamedTuple):
    """What `spaces.compiled.neuron.neuron` takes."""

    x_TB: Tensor
    state_SB: Tensor | None
    learned: Tensor | None
    own_KB: Tensor | None
    name: str
    constants: list[float]


def forward(given: Inputs) -> tuple[Tensor, Tensor]:
    """As `spaces.compiled.neuron.neuron`."""
    x_TB = given.x_TB
    s_TB, final_SB = like(x_TB), x_TB.new_empty((PLANES[given.name], *x_TB.shape[1:]))
    _through_time(given, s_TB, final_SB, None)
    return s_TB, final_SB


def backward(grad_s_TB: Tensor, grad_final_SB: Tensor | None, given: Inputs) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `spaces.compiled.neuron.neuron_backward`."""
    x_TB, state_SB, learned, own_KB = given[:4]
    final_SB = x_TB.new_empty((PLANES[given.name], *x_TB.shape[1:]))
    states_TSB = x_TB.new_empty((len(x_TB), *final_SB.shape))
    _through_time(given, like(x_TB), final_SB, states_TSB)
    grad_x_TB, of_state, of_learned, grad_own = gradients(x_TB, state_SB, learned, own_KB)
    grad_state_SB = like(final_SB) if state_SB is None else of_state
    sums_PD = torch.zeros((_programs(x_TB), LEARNED.value), dtype=torch.float64, device=x_TB.device)
    with torch.cuda.device_of(x_TB):
        backward_loop[(_programs(x_TB),)](
            x_TB.contiguous(),
            states_TSB,
            _or(learned, x_TB),
            _or(own_KB, x_TB),
            _numbers(given.constants, x_TB),
            grad_s_TB.contiguous(),
            _or(grad_final_SB, x_TB),
            grad_x_TB,
            grad_state_SB,
            sums_PD,
            grad_own,
            len(x_TB),
            x_TB[0].numel(),
            grad_final_SB is not None,
            **_variant(given),
        )
    of_learned.copy_(sums_PD.sum(0)[: of_learned.numel()].view_as(of_learned))
    return grad_x_TB, of_state, of_learned, grad_own


def _through_time(given: Inputs, s_TB: Tensor, final_SB: Tensor, states_TSB: Tensor | None) -> None:
    x_TB = given.x_TB
    with torch.cuda.device_of(x_TB):
        forward_loop[(_programs(x_TB),)](
            x_TB.contiguous(),
            _or(given.state_SB, x_TB),
            _or(given.learned, x_TB),
            _or(given.own_KB, x_TB),
            _numbers(given.constants, x_TB),
            s_TB,
            final_SB,
            _or(states_TSB, x_TB),
            len(x_TB),
            x_TB[0].numel(),
            given.state_SB is not None,
            states_TSB is not None,
            **_variant(given),
        )


def _programs(x_TB: Tensor) -> int:
    programs: int = triton.cdiv(x_TB[0].numel(), BLOCK)
    return programs


def _variant(given: Inputs) -> dict[str, Any]:
    name, constants, own_KB = given.name, given.constants, given.own_KB
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
