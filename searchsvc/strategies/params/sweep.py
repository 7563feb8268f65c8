from typing import Literal

from spaces.params import Params as BaseParams


class Params(BaseParams):
    """Every candidate that the search names, with every seed."""

    name: Literal["sweep"] = "sweep"
