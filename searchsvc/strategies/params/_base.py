from typing import ClassVar, Literal

from spaces.params import Params

Needs = Literal["candidates", "layers", "space"]


class StrategyParams(Params):
    """What every strategy says of itself: its own fields, and what kinds of search must know of it without torch."""

    name: str
    needs: ClassVar[Needs]  # what it asks of a kind of search (`searchsvc.strategies`)
    preparing_trials: ClassVar[int] = 0  # of what is no candidate, such as a super network
    judges: ClassVar[Literal["searched", "winner"]] = "winner"  # which candidate the verdict compares with the others
    may_end_early: ClassVar[bool] = False  # with fewer trials than its search plans: not only since it could not go on
