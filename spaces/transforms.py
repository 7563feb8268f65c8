"""What torch does with a network beside running it; then the literal steps run, in torch's own operators."""

import torch
from torch.autograd import forward_ad


def tracing() -> bool:
    """Whether TorchScript records: then sizes are no numbers, and must not be compared."""
    return bool(torch.jit.is_tracing())  # type: ignore[attr-defined, no-untyped-call]


def exporting() -> bool:
    """Whether a graph is recorded that is to run elsewhere (torch.export, ONNX, TorchScript), for inference."""
    return torch.compiler.is_exporting() or tracing()


def transforming() -> bool:
    """Whether within a transform of torch.func, or in forward mode: torch cannot transform a kernel."""
    return torch._C._functorch.maybe_current_level() is not None or forward_ad._current_level >= 0
