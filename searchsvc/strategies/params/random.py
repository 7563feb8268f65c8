from typing import Literal

from spaces.params import Params as BaseParams


class Params(BaseParams):
    """Points drawn uniformly."""

    name: Literal["random"] = "random"
