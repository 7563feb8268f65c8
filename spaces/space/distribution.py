r"""The dimension of a space whose values are distributions; torch-free.

It takes one coordinate of the unit cube for the family, if there are several to choose from, and then these, of which a
family uses those it needs:

- x: the mean m, between its bounds, by its logarithm if the parameter is positive;
- y: the coefficient of variation c, by its logarithm, between its bounds as far as the family has such values. What
  varies around a mean that may be 0 is not positive: there c is the standard deviation in units of the largest abs(m).

With s = c m (s = c max abs(m) of a parameter that is not positive):

- gamma, log-normal: mean m, cv c; only for positive parameters.
- uniform: from :math:`m - \sqrt 3 s` to :math:`m + \sqrt 3 s`; if positive, c is at most 0.57.
- Dirac: m.
- Lorentzian: centre m, half-width s, cut off at the ends of `support`.
- log-normal mixture: two components that share the cv c. x is the mean of the first, two further coordinates are the
  mean of the second, likewise, and the share of the first, from 0.05 to 0.95.
"""

import math
import statistics
from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from spaces.distributions import params as drawn
from spaces.errors import got
from spaces.space._dimension import Bounds, Dimension, between, cell, check_bounds, edges, middle, share
from spaces.wording import explain

Family = Literal["gamma", "log_normal", "uniform", "dirac", "lorentzian", "log_normal_mixture"]

UNIFORM_CV = 0.99 / math.sqrt(3)  # of a uniform distribution that stays above 0
SHARES = (0.05, 0.95)  # of a mixture's first component
POSITIVE = ("gamma", "log_normal", "log_normal_mixture")


class Distribution(Dimension):
    """The distribution that a parameter is drawn from: its family, mean and coefficient of variation."""

    type: Literal["distribution"] = "distribution"
    families: tuple[Family, ...] = Field(("gamma", "log_normal", "uniform", "dirac"), min_length=1)
    mean: Bounds = Field(description="bounds of the mean, in the parameter's unit")
    cv: tuple[drawn.Cv, drawn.Cv] = Field((0.05, 1.5), description="bounds of standard deviation / mean")
    positive: bool = Field(True, description="compared by its logarithm")
    support: Bounds | None = Field(None, description="where a Lorentzian is cut off; needed for that family alone")
    prior_samples: tuple[drawn.Empirical, ...] = Field((), description="measured samples, to start from")

    @model_validator(mode="before")
    @classmethod
    def _lists_of_samples(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("prior_samples"), list | tuple):
            if alone := [s for s in value["prior_samples"] if isinstance(s, int | float)]:
                raise ValueError(f"prior_samples: got {got(alone[0])}; give a list for each set of samples")
            sets = [{"samples": s} if isinstance(s, list | tuple) else s for s in value["prior_samples"]]
            return {**value, "prior_samples": sets}
        return value

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        check_bounds("mean", self.mean, positive=self.positive)
        check_bounds("cv", self.cv)
        return self

    @model_validator(mode="after")
    def _families_that_can(self) -> Self:
        if len(set(self.families)) < len(self.families):
            raise ValueError(f"families: got {', '.join(self.families)}; give each family once")
        if not self.positive and (only := [f for f in self.families if f in POSITIVE]):
            raise ValueError(
                f"families: got {', '.join(only)} with positive: false; leave them out, or say positive: true"
            )
        if self.positive and "uniform" in self.families and self.cv[0] >= UNIFORM_CV:
            raise ValueError(f"cv: got {self.cv}; a positive uniform's is below {UNIFORM_CV:.2f}; leave uniform out")
        if ("lorentzian" in self.families) != (self.support is not None):
            raise ValueError(f"support: got {self.support}; give it with the family lorentzian, and only then")
        if self.support:
            check_bounds("support", self.support, positive=self.positive)
        return self

    @model_validator(mode="after")
    def _values_at_all_ends(self) -> Self:
        try:
            ends = self.ends()
        except ValidationError as error:
            raise ValueError(f"mean, cv: got {self.mean} and {self.cv}; {explain(error.errors()[0])}") from None
        if self.positive and any(not value.positive for value in ends):
            raise ValueError(f"mean: got {self.mean}; some values are not above 0; raise the lower bound")
        return self

    @model_validator(mode="after")
    def _positive_samples(self) -> Self:
        for samples in self.prior_samples:
            if self.positive and not samples.positive:
                raise ValueError(f"prior_samples: got {min(samples.samples):g}; positive: true needs values above 0")
        return self

    @property
    def width(self) -> int:
        return self._first + (4 if "log_normal_mixture" in self.families else 1 if self.families == ("dirac",) else 2)

    @property
    def choices_at(self) -> tuple[int, int] | None:
        return (0, len(self.families)) if self._first else None

    @property
    def has_steps(self) -> bool:
        """Whether quantile functions of its values may rise steeply between flat parts."""
        return "log_normal_mixture" in self.families or bool(self.prior_samples)

    @property
    def _first(self) -> int:
        """Coordinates before x."""
        return int(len(self.families) > 1)

    def decode(self, u: Sequence[float]) -> drawn.Distribution:
        family = self.families[cell(u[0], len(self.families)) if self._first else 0]
        return drawn.FAMILIES[family](**self.parameters(family, u[self._first :]))

    def parameters(self, family: Family, u: Sequence[Any]) -> dict[str, Any]:
        """The family's own parameters at coordinates x, y, ..., which are numbers, or tensors of one shape."""
        x, *rest = u
        mean = between(x, self.mean, log=self.positive)
        if family == "dirac":
            return {"value": mean}
        cv = between(rest[0], self.cv_bounds(family), log=True)
        spread = cv * (mean if self.positive else self._scale)
        match family:
            case "gamma" | "log_normal":
                return {"mean": mean, "cv": cv}
            case "uniform":
                return {"low": mean - math.sqrt(3) * spread, "high": mean + math.sqrt(3) * spread}
            case "lorentzian":
                low, high = self.support or self.mean
                return {"centre": mean, "halfwidth": spread, "low": low + 0 * mean, "high": high + 0 * mean}
            case "log_normal_mixture":
                second, first = between(rest[1], self.mean, log=True), between(rest[2], SHARES)
                return {"weights": (first, 1 - first), "means": (mean, second), "cvs": (cv, cv)}

    def encode(self, value: drawn.Distribution) -> list[float]:
        """Of a family that is not among those of this dimension: the first family, with its mean and cv."""
        mean, cv, *mixture = self._moments(value)
        family: Family = next((f for f in self.families if f == value.family), self.families[0])
        second, first = mixture or (mean, 0.5)
        coordinates = [
            share(mean, self.mean, log=self.positive),
            share(cv, self.cv_bounds(family), log=True),
            share(second, self.mean, log=self.positive),
            share(first, SHARES),
        ]
        choice = [middle(self.families.index(family), len(self.families))] if self._first else []
        return (choice + coordinates)[: self.width]

    def edges(self, value: drawn.Distribution) -> list[str]:
        mean, cv, *mixture = self._moments(value)
        means = [mean, *mixture[:1]]
        found = dict.fromkeys(line for m in means for line in edges("mean", m, self.mean, log=self.positive))
        varies = value.family in self.families and value.family != "dirac"
        bounds = self.cv_bounds(value.family) if varies else self.cv  # type: ignore[arg-type]  # it is one of them
        spread = edges("cv", cv, bounds, log=True) if varies else []
        return [*found, *(line for line in spread if "lower" in line or bounds[1] == self.cv[1])]

    def has(self, value: drawn.Distribution) -> bool:
        return value.positive or not self.positive

    @property
    def allowed(self) -> str:
        return "a distribution whose values are above 0, or say positive: false of the dimension"

    def cv_bounds(self, family: Family) -> Bounds:
        if family == "uniform" and self.positive:
            return self.cv[0], min(self.cv[1], UNIFORM_CV)
        return self.cv

    @property
    def _scale(self) -> float:
        """What the cv of a parameter that is not positive multiplies."""
        return max(map(abs, self.mean))

    def _moments(self, value: drawn.Distribution) -> tuple[float, ...]:
        """What encodes a value: mean, cv, and of a mixture also the second mean and the share of the first."""
        match value:
            case drawn.Gamma() | drawn.LogNormal():
                return value.mean, value.cv
            case drawn.LogNormalMixture():
                return value.means[0], value.cvs[0], value.means[-1], value.weights[0]
            case drawn.Uniform():
                mean, spread = (value.low + value.high) / 2, (value.high - value.low) / math.sqrt(12)
            case drawn.Lorentzian():
                mean, spread = value.centre, value.halfwidth
            case drawn.Empirical():
                mean, spread = statistics.fmean(value.samples), statistics.pstdev(value.samples)
            case drawn.Dirac():
                mean, spread = value.value, 0.0
            case _:
                raise TypeError(value)
        return mean, spread / (mean if self.positive else self._scale)
