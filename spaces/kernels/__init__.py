r"""Neurons compiled from C, at the speed of memory; the modules of ``spaces/neurons`` use them by themselves.

A neuron that has a kernel names it (`Stepwise.kernel`). It runs on a CPU in float32 and float64 where the package was
built with a C compiler; everywhere else, and under ``SEARCHSVC_KERNELS=off``, the neuron's literal steps run, which say
what is true. Spikes and gradients are those of the literal steps, operation by operation; only tanh and exp (LLIF,
SLIF, LNM bounded by tanh) round differently from torch's, by some units in the last place.
"""

from torch import Tensor
from torch.autograd import forward_ad

from spaces.kernels.kernel import Kernel
from spaces.kernels.library import LIBRARIES
from spaces.kernels.super_kernel import SuperKernel

__all__ = ["LIBRARIES", "Kernel", "SuperKernel", "available"]


def available(x: Tensor) -> bool:
    """Whether there are kernels for tensors like `x`; none in forward mode, where torch would take tangents as 0."""
    return x.device.type == "cpu" and x.dtype in LIBRARIES and forward_ad._current_level < 0
