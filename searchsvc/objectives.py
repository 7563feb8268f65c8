"""What a search looks for: the best of one metric, with others within bounds. Torch-free."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, model_validator

from spaces.params import Params

Direction = Literal["max", "min"]
Metric = Literal[
    "accuracy/validation",
    "memory_capacity/validation",
    "energy",
    "sops",
    "firing_rate",
    "parameters",
    "latency",
    "seconds",
]  # by whose mean over seeds candidates rank
ACCURACY: Metric = "accuracy/validation"
SCORES = ("accuracy/validation", "memory_capacity/validation")  # of tasks; the larger the better
COSTS = tuple(metric for metric in get_args(Metric) if metric not in SCORES)
SHARES = (ACCURACY, "firing_rate")


def _never_test(value: object) -> object:
    if isinstance(value, str) and value.endswith("/test"):
        raise ValueError(f"got {value!r}; the test part never selects; allowed are {', '.join(get_args(Metric))}")
    return value


SelectingMetric = Annotated[Metric, BeforeValidator(_never_test)]


class Objective(Params):
    """What ranks candidates: the mean of this metric over their seeds."""

    metric: SelectingMetric = ACCURACY

    @property
    def direction(self) -> Direction:
        return "max" if self.metric in SCORES else "min"

    @property
    def sign(self) -> int:
        """A score times this is better when it is larger."""
        return 1 if self.direction == "max" else -1

    @property
    def of_an_epoch(self) -> str:
        """What an epoch's report calls it."""
        return "validation_accuracy" if self.metric == ACCURACY else self.metric


class Constraint(Params):
    """A bound on a candidate's mean over its seeds."""

    metric: SelectingMetric
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
            if self.metric in SHARES and bound is not None and not 0 <= bound <= 1:
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


class Goal(Params):
    """Both together."""

    objective: Objective = Objective()
    constraints: tuple[Constraint, ...] = ()

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Self:
        """The goal in a stored specification, also in one of release 0.1.0, which had no other than the default."""
        return cls.model_validate({name: spec[name] for name in Goal.model_fields if name in spec})

    def violations(self, means: Mapping[str, float]) -> list[str]:
        """The bounds that a candidate with these means does not keep; a metric that it does not have is no matter."""
        bounded = [constraint for constraint in self.constraints if constraint.metric in means]
        return [line for constraint in bounded for line in constraint.violations(means[constraint.metric])]


def fresh(metric: str) -> str:
    """What the same metric over the fresh seeds of a leader that ran again is called.

    >>> fresh("accuracy/validation"), fresh("energy")
    ('accuracy/validation_confirmed', 'energy/confirmed')
    """
    name, _, split = metric.partition("/")
    return f"{name}/{fresh_split(split)}"


def fresh_split(split: str) -> str:
    """The part of such a name behind the stroke."""
    return f"{split}_confirmed" if split else "confirmed"


def on_test(metric: str) -> tuple[str, str]:
    """Names of the test part's score beside a metric, that over fresh seeds first.

    >>> on_test("accuracy/validation")
    ('accuracy/test_confirmed', 'accuracy/test')
    """
    seen = f"{metric.partition('/')[0]}/test"
    return fresh(seen), seen
