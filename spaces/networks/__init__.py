"""Spiking networks, built from a configuration. One file each, with its parameter model of the same name."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaces import catalog, configuration
from spaces.errors import UserError
from spaces.networks.presets import discretise, preset

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["build", "discretise", "load_weights", "preset"]


def build(
    config: "configuration.Configuration | dict[str, Any]",
    *,
    seed: int | None = None,
    device: "str | torch.device | None" = None,
) -> "nn.Module":
    """The network of a configuration, such as the content of a pulled ``best.json``.

    It maps a batch (B, *input_shape) to readouts (T, B, classes); their mean over T gives the class.

    Args:
        seed: of the initial weights, the same on every device; the global generator is left as it was. None draws
            from the global one.
        device: where its weights go. None: to torch's default device.

    Raises:
        UserError: naming the field that is wrong, or the device that is not there.
    """
    if not isinstance(config, configuration.Configuration):
        config = configuration.read(config)
    network: nn.Module = catalog.networks.load(config.network.name).build(config, seed)
    return _moved(network, device)


def _moved(network: "nn.Module", device: "str | torch.device | None") -> "nn.Module":
    import torch

    try:
        return network.to(torch.get_default_device() if device is None else device)
    except (AssertionError, RuntimeError) as error:  # torch raises either where there is no such device
        said = str(error).splitlines()[0]
        raise UserError(f"device: got {str(device)!r}; {said}") from error


def load_weights(network: "nn.Module", path: str | Path) -> "nn.Module":
    """`network` with the trained weights of a safetensors file.

    Raises:
        UserError: the file holds other weights, or none.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_model

    try:
        load_model(network, path)
    except (RuntimeError, SafetensorError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(f"weights: got {path}, which does not fit this network ({said}); give its own") from error
    return network
