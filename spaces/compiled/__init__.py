r"""Neurons compiled from C, at the speed of memory; the modules of ``spaces/neurons`` use them by themselves.

A neuron that has a kernel names it (`Stepwise.kernel`). It runs on a CPU in float32 and float64 where the package was
built with a C compiler; everywhere else, under ``SEARCHSVC_KERNELS=off``, in exported graphs and within the transforms
of torch.func the neuron's literal steps run, which say what is true. Spikes and gradients are those of the literal
steps, operation by operation; only tanh and exp (LLIF, SLIF, LNM bounded by tanh) round differently from torch's, by
some units in the last place.

On a GPU, neurons run in Triton (``gpu.py``) where that is installed. Triton's interpreter holds it equal to the literal
steps; it has not been run or measured on a GPU yet.
"""

from importlib.util import find_spec

import torch
from torch import Tensor

from spaces.compiled.kernel import Kernel
from spaces.compiled.library import LIBRARIES, WANTED
from spaces.compiled.super_kernel import SuperKernel
from spaces.transforms import exporting, transforming

__all__ = ["LIBRARIES", "Kernel", "SuperKernel", "available", "on_gpu"]

TRITON = WANTED and find_spec("triton") is not None


def available(x: Tensor) -> bool:
    """Whether there are kernels for tensors like `x`."""
    return x.device.type == "cpu" and x.dtype in LIBRARIES and _running()


def on_gpu(x: Tensor) -> bool:
    """Whether there are Triton's for tensors like `x`: of neurons alone, not of super neurons and recurrent layers."""
    return x.is_cuda and TRITON and x.dtype in (torch.float32, torch.float64) and _running()


def _running() -> bool:
    """A kernel is no operator that other programs have, nor one that torch can transform."""
    return not (exporting() or transforming())
