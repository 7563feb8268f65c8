from typing import Literal

from spaces.params import Params as BaseParams


class Params(BaseParams):
    """Points of a scrambled Sobol sequence."""

    name: Literal["sobol"] = "sobol"
