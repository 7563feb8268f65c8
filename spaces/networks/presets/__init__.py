"""Published configurations: what the literature's searches found, with the architecture parameters they came from.

>>> preset("st-dano/cifar10/resnet18/T2").placement[:4]
('slif', 'lif', 'lif', 'lif')

Published are the data set, network, time steps, architecture parameters, placement and training recipe; the size of the
event frames is not (choice: 48 x 48 for DVS-CIFAR10, 128 x 128 for DVS-Gesture). ``python -m spaces.networks.presets``
lists them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any

from spaces import configuration
from spaces.errors import NotFoundError, UserError, did_you_mean

CANDIDATES = ("lif", "llif", "slif")
# Of each data set: input at one step, classes, task of the catalog, and ST-DANO's retraining recipe.
DATASETS: dict[str, dict[str, Any]] = {
    "cifar10": {"step": (3, 32, 32), "classes": 10, "task": "cifar10", "lr": 0.1, "decay": 5e-5},
    "tiny_imagenet": {"step": (3, 64, 64), "classes": 200, "task": "tiny_imagenet", "lr": 0.1, "decay": 5e-4},
    "dvs_cifar10": {"step": (2, 48, 48), "classes": 10, "lr": 0.05, "decay": 5e-4, "dropout": 0.3},
    "dvs_gesture": {"step": (2, 128, 128), "classes": 11, "lr": 0.05, "decay": 5e-4, "dropout": 0.4, "batch": 8},
}


@dataclass(frozen=True)
class Published:
    """One row of the paper's tables."""

    dataset: str
    network: str
    time_steps: int
    alpha: tuple[tuple[float, ...], ...]  # layers x candidates
    placement: tuple[str, ...]  # as printed in the paper

    @property
    def name(self) -> str:
        return f"st-dano/{self.dataset}/{self.network}/T{self.time_steps}"

    @property
    def margin(self) -> float:
        """The smallest distance, over layers, of the best architecture parameter from the second."""
        best_two = (sorted(row)[-2:] for row in self.alpha)
        return min(best - second for second, best in best_two)


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


@cache
def published() -> dict[str, Published]:
    """Every preset's row by name."""
    stored = json.loads(files(__package__).joinpath("st_dano.json").read_text())["published"]
    rows = (
        Published(
            row["dataset"],
            row["network"],
            row["time_steps"],
            tuple(zip(*(row["alpha"][name] for name in CANDIDATES), strict=True)),
            tuple(CANDIDATES[int(digit)] for digit in row["configuration"]),
        )
        for row in stored
    )
    return {row.name: row for row in rows}


def preset(name: str) -> "configuration.Configuration":
    """The configuration that the literature found, ready for `build`.

    Raises:
        NotFoundError: naming the presets there are.
    """
    if name not in published():
        hint = did_you_mean(name, published())
        raise NotFoundError(f"preset: got {name!r}; allowed are {', '.join(published())}{hint}")
    row = published()[name]
    data = DATASETS[row.dataset]
    events = row.dataset.startswith("dvs")
    family = "resnet" if row.network.startswith("resnet") else "vgg"
    return configuration.read(
        {
            "network": {"name": family, "variant": row.network, "dropout": data.get("dropout", 0.0)},
            "neurons": discretise(row.alpha),
            "input_shape": (row.time_steps, *data["step"]) if events else data["step"],
            "classes": data["classes"],
            "time_steps": row.time_steps,
            "encoding": "frames" if events else "direct",
            "task": data.get("task"),
            "training": {
                "epochs": 300,
                "batch_size": data.get("batch", 128),
                "lr": data["lr"],
                "weight_decay": data["decay"],
            },
        }
    )
