"""What a result was made with: versions, processor, seed and data, so that it can be made again."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from spaces import compiled

PACKAGES = ("searchsvc", "torch", "numpy", "scikit-learn")


def manifest(*, seed: int, device: str, data_hash: str, preprocessing: dict[str, float]) -> dict[str, Any]:
    return {
        "seed": seed,
        "device": device,
        "threads": torch.get_num_threads(),
        "neurons": _neurons(torch.empty(0, device=device)),
        "data_sha256": data_hash,
        "preprocessing": preprocessing,
        "processor": platform.machine(),
        "versions": {"python": platform.python_version(), **{p: _version(p) for p in PACKAGES}},
    }


def _neurons(x: torch.Tensor) -> str:
    if compiled.available(x):
        return "compiled"
    return "triton" if compiled.on_gpu(x) else "literal"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
