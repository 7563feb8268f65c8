"""Spiking networks, built from a configuration. One file each, with its parameter model of the same name."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaces import catalog, configuration
from spaces.networks.presets import discretise, preset

if TYPE_CHECKING:
    from torch import nn

__all__ = ["build", "discretise", "load_weights", "preset"]


def build(config: "configuration.Configuration | dict[str, Any]", *, seed: int | None = None) -> "nn.Module":
    """The network of a configuration, such as the content of a pulled ``best.json``.

    It maps a batch (B, *input_shape) to readouts (T, B, classes); their mean over T gives the class.

    Args:
        seed: of the initial weights; the global generator is left as it was. None draws from the global one.

    Raises:
        UserError: naming the field that is wrong.
    """
    if not isinstance(config, configuration.Configuration):
        config = configuration.read(config)
    network: nn.Module = catalog.networks.load(config.network.name).build(config, seed)
    return network


def load_weights(network: "nn.Module", path: str | Path) -> "nn.Module":
    """`network` with the trained weights of a safetensors file."""
    from safetensors.torch import load_model

    load_model(network, path)
    return network
