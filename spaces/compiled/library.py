"""Calls into the compiled neurons (``neurons.c``): without an interpreter lock, on as many threads as torch has.

Shapes: T steps, B batch (any trailing shape).
"""

import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import torch
from torch import Tensor

from spaces.compiled.build import shared_objects
from spaces.environment import variable
from spaces.errors import UserError

T = TypeVar("T")

# By name: how many numbers a neuron's state has. In the order of KERNELS in neurons.c.
PLANES = {"lif": 2, "plif": 2, "llif": 3, "slif": 2, "alif": 3}
PLANES |= {f"lnm{degree}": 2 for degree in range(1, 7)} | {f"lnm{degree}_tanh": 2 for degree in range(1, 7)}
PLANES |= {"lif_own": 2, "alif_own": 3}  # of whose constants every neuron has its own
NAMES = list(PLANES)

SURROGATES = ("triangle", "rectangle", "arctan", "sigmoid", "multi_gaussian")  # in the order of surrogates.h
WORTH_A_THREAD = 2**18  # numbers

if (_setting := variable("SEARCHSVC_KERNELS", "on")) not in ("on", "off"):
    raise UserError(f"SEARCHSVC_KERNELS: got {_setting!r}; allowed are on and off")
WANTED = _setting == "on"


class Call(ctypes.Structure):
    """As in ``blocks.h``."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in ("kernel", "steps", "size")),
        ("constants", ctypes.POINTER(ctypes.c_double)),
        *((name, ctypes.c_void_p) for name in ("learned", "own", "x", "state", "spikes", "final")),
        *((name, ctypes.c_void_p) for name in ("grad_spikes", "grad_final", "grad_x", "grad_state", "grad_own")),
    ]


def call(name: str, constants: list[float], x_TB: Tensor, **tensors: Tensor | None) -> Call:
    """The arguments of a kernel; the tensors, contiguous and of one type, must outlive it."""
    pointers = {key: tensor.data_ptr() for key, tensor in tensors.items() if tensor is not None}
    numbers = (ctypes.c_double * len(constants))(*constants)
    steps, size = x_TB.shape[0], x_TB[0].numel()
    return Call(NAMES.index(name), steps, size, numbers, x=x_TB.data_ptr(), **pointers)


def has_memory(status: int | None) -> None:
    """
    Raises:
        MemoryError: a kernel says that it got none.
    """
    if status:
        raise MemoryError("a neuron's way back keeps its states of all steps; cut the sequence, or take fewer at once")


def pointer(tensor: Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(tensor.data_ptr())


def dense(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.contiguous()


def like(z: Tensor) -> Tensor:
    return torch.empty_like(z, memory_format=torch.contiguous_format)


def gradients(x: Tensor, *inputs: Tensor | None) -> Any:
    """Room for the gradient of each of these tensors, which is empty for one that is not there."""
    return tuple(x.new_empty(0) if z is None else like(z) for z in (x, *inputs))


def of_those_there(gradients: Sequence[Tensor], inputs: Sequence[Tensor | None]) -> list[Tensor | None]:
    """As autograd wants them."""
    return [gradient if z is not None else None for gradient, z in zip(gradients, inputs, strict=True)]


def on_threads(work: Callable[[int, int], T], items: int, numbers: int) -> list[T]:
    """What `work` gives for ranges of so many `items` that hold so many `numbers` together."""
    threads = min(torch.get_num_threads(), items, numbers // WORTH_A_THREAD)
    if threads <= 1:
        return [work(0, items)]
    bounds = [items * i // threads for i in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, bounds, bounds[1:]))


def summed(
    kernel: Callable[..., int | None], arguments: ctypes.Structure, shape: tuple[int, ...], items: int, numbers: int
) -> Tensor:
    """What a kernel adds up over ranges of so many `items` that hold so many `numbers` together; double."""

    def work(low: int, high: int) -> Tensor:
        sums = torch.zeros(shape, dtype=torch.float64)
        has_memory(kernel(ctypes.byref(arguments), low, high, pointer(sums)))
        return sums

    return torch.stack(on_threads(work, items, numbers)).sum(0)


def _load() -> dict[torch.dtype, ctypes.CDLL]:
    """By type of numbers; nothing where nothing was compiled, or SEARCHSVC_KERNELS is off."""
    files = shared_objects()
    if not WANTED or not all(file.exists() for file in files.values()):
        return {}
    libraries = {getattr(torch, name): ctypes.CDLL(str(file)) for name, file in files.items()}
    for library in libraries.values():
        for function in (library.neuron_forward, library.super_decode, library.super_reduce):
            function.restype = None
    return libraries


LIBRARIES = _load()
