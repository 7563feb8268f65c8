from typing import ClassVar, Literal

from searchsvc.strategies.params import Needs, StrategyParams


class Params(StrategyParams):
    """Points of a Halton sequence."""

    needs: ClassVar[Needs] = "space"
    name: Literal["halton"] = "halton"
