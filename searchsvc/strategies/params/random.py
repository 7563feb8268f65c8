from typing import ClassVar, Literal

from searchsvc.strategies.params._base import Needs, StrategyParams


class Params(StrategyParams):
    """Points drawn uniformly."""

    needs: ClassVar[Needs] = "space"
    name: Literal["random"] = "random"
