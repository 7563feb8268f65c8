"""What a search looks for: the best of one metric, with others within bounds. Torch-free."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from searchsvc.metrics import catalog
from searchsvc.metrics.names import ACCURACY, is_test
from spaces.errors import got
from spaces.metrics import ABOVE_ZERO, Direction
from spaces.params import Params

if TYPE_CHECKING:
    Declared = str
else:
    Declared = Literal[catalog.selecting()]

STORED = {"stored": True}  # the context in which is read what was accepted before


def _selects(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> str:
    if isinstance(value, str) and is_test(value):
        allowed = ", ".join(catalog.selecting())
        raise ValueError(f"got {got(value)}; the test part never selects; allowed are {allowed}")
    if isinstance(value, str) and info.context == STORED:
        return value  # a plugin that declared it may be gone, and the search can still be read
    if isinstance(value, str) and (full := f"{value}/validation") in catalog.selecting():
        value = full
    chosen: str = handler(value)
    return chosen


SelectingMetric = Annotated[Declared, WrapValidator(_selects)]  # by full name


def units() -> str:
    """In what metrics are given, which is not always how they are shown.

    >>> "energy in J" in units(), "firing rate as a share from 0 to 1" in units()
    (True, True)
    """
    found = (catalog.get(name) for name in catalog.selecting())
    return ", ".join(f"{metric.said} {metric.given}" for metric in found if metric.unit)


class Objective(Params):
    """What ranks candidates: the mean of this metric over their seeds."""

    called: ClassVar[str] = "metric"
    metric: SelectingMetric = ACCURACY

    @property
    def direction(self) -> Direction:
        return catalog.get(self.metric).direction

    @property
    def sign(self) -> int:
        """A score times this is better when it is larger."""
        return catalog.get(self.metric).sign


class Constraint(Params):
    """A bound on a candidate's mean over its seeds."""

    called: ClassVar[str] = "metric"
    metric: SelectingMetric = Field(description=f"bounds are plain: {units()}")
    at_most: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _a_bound(self) -> Self:
        if self.at_most is None and self.at_least is None:
            raise ValueError(f"constraint on {self.metric}: got no bound; give at_most, at_least or both")
        return self

    @model_validator(mode="after")
    def _a_share(self) -> Self:
        for bound in (self.at_most, self.at_least):
            if catalog.known(self.metric).is_share and bound is not None and not 0 <= bound <= 1:
                raise ValueError(f"constraint on {self.metric}: got {bound:g}; give a share from 0 to 1")
        return self

    def violations(self, mean: float) -> list[str]:
        """The bounds that `mean` does not keep.

        >>> Constraint(metric="energy", at_most=1e-7, at_least=0).violations(2e-7)
        ['energy <= 1e-07']
        """
        found = []
        if self.at_most is not None and mean > self.at_most:
            found.append(f"{self.metric} <= {self.at_most:g}")
        if self.at_least is not None and mean < self.at_least:
            found.append(f"{self.metric} >= {self.at_least:g}")
        return found


def check_bounds(constraints: Sequence[Constraint], highest: Mapping[str, float]) -> None:
    """Refuse by a ValueError constraints that nothing can keep, alone or together.

    Args:
        highest: what metrics can be at most, where that is known.
    """
    bounds: dict[str, tuple[float, float]] = {}
    for constraint in constraints:
        metric, lowest = constraint.metric, catalog.get(constraint.metric).lowest
        above, below = bounds.get(metric, (-math.inf, math.inf))
        least = -math.inf if constraint.at_least is None else constraint.at_least
        most = math.inf if constraint.at_most is None else constraint.at_most
        if most < lowest:
            least_of_all = "above 0" if lowest == ABOVE_ZERO else f"at least {lowest:g}"
            raise ValueError(f"{metric} at most {most:g}: nothing keeps it; it is {least_of_all}")
        if least > (top := highest.get(metric, math.inf)):
            raise ValueError(f"{metric} at least {least:g}: nothing keeps it; it is at most {top:g} here")
        above, below = bounds[metric] = max(above, least), min(below, most)
        if above > below:
            raise ValueError(
                f"{metric} at least {above:g} and at most {below:g}: nothing keeps both; "
                "lower the first or raise the second"
            )


class Goal(Params):
    """Both together."""

    objective: Objective = Objective()
    constraints: tuple[Constraint, ...] = ()

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Self:
        """The goal in a stored specification, also in one of release 0.1.0, which had no other than the default."""
        return cls.model_validate({name: spec[name] for name in Goal.model_fields if name in spec}, context=STORED)

    def violations(self, means: Mapping[str, float]) -> list[str]:
        """The bounds that a candidate with these means does not keep; a metric that it does not have is no matter."""
        bounded = [constraint for constraint in self.constraints if constraint.metric in means]
        return [line for constraint in bounded for line in constraint.violations(means[constraint.metric])]
