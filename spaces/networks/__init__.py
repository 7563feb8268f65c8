"""Spiking networks, built from a configuration. One file each, with its parameter model of the same name."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaces import catalog, configuration
from spaces.errors import UserError

if TYPE_CHECKING:
    from torch import nn

CANDIDATES = ("lif", "llif", "slif")


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


def discretise(alpha: Sequence[Sequence[float]], candidates: Sequence[str] = CANDIDATES) -> tuple[str, ...]:
    """Each layer's candidate with the largest architecture parameter (ST-DANO; the first one of equals).

    Args:
        alpha: layers x candidates.

    >>> discretise([[0.15, -1.88, 0.25], [0.709, -0.603, -0.121]])
    ('slif', 'lif')
    """
    for layer, row in enumerate(alpha):
        if len(row) != len(candidates) or not all(isfinite(value) for value in row):
            raise UserError(
                f"alpha of layer {layer}: got {list(row)}; give one finite number for each of {', '.join(candidates)}"
            )
    return tuple(candidates[list(row).index(max(row))] for row in alpha)
