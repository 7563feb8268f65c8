from typing import ClassVar, Literal

from searchsvc.strategies.params._base import Needs, StrategyParams


class Params(StrategyParams):
    """Every candidate that the search names, with every seed."""

    needs: ClassVar[Needs] = "candidates"
    name: Literal["sweep"] = "sweep"
