"""Quantiles of a point's distributions at the nodes (`nodes`): what is stored and drawn of a candidate."""

import torch

from spaces.distributions.families import quantile
from spaces.distributions.nodes import SHARES
from spaces.distributions.params import Distribution
from spaces.space.dimensions import Point


def at_nodes(point: Point) -> dict[str, list[float]]:
    """By the names of those dimensions that are distributions.

    >>> from spaces.distributions.params import Dirac
    >>> at_nodes({"tau": Dirac(value=20), "reach": 3.0})["tau"][:2]
    [20.0, 20.0]
    """
    u = torch.tensor(SHARES, dtype=torch.float64)
    return {name: quantile(value, u).tolist() for name, value in point.items() if isinstance(value, Distribution)}
