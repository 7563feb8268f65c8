from typing import ClassVar, Literal

from searchsvc.strategies.params._base import Needs, StrategyParams


class Params(StrategyParams):
    """Points of a scrambled Sobol sequence."""

    needs: ClassVar[Needs] = "space"
    name: Literal["sobol"] = "sobol"
