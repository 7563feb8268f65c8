"""Distributions that a parameter of a network is drawn from, by family; torch-free.

``cv`` is the coefficient of variation, standard deviation / mean. Values have the unit of the parameter, such as
milliseconds. Quantile functions and sampling: ``families.py``.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from spaces.errors import UserError
from spaces.params import Params, PositiveFloat
from spaces.wording import explain

Cv = Annotated[float, Field(ge=0.01, le=4)]


def _with_finite_square(value: float) -> float:
    if value and not 1e-100 <= abs(value) <= 1e100:
        raise ValueError(f"got {value:g}; give 0 or a number whose magnitude is between 1e-100 and 1e100")
    return value


Number = Annotated[float, AfterValidator(_with_finite_square)]
Positive = Annotated[PositiveFloat, AfterValidator(_with_finite_square)]


class Distribution(Params):
    """What every family has."""

    family: str

    @property
    @abstractmethod
    def positive(self) -> bool:
        """Whether every value is above 0, so that its logarithm exists."""


class _AboveZero(Distribution):
    @property
    def positive(self) -> bool:
        return True


class Gamma(_AboveZero):
    """Shape 1 / cv^2, scale mean cv^2."""

    family: Literal["gamma"] = "gamma"
    mean: Positive
    cv: Cv


class LogNormal(_AboveZero):
    """exp of a normal whose variance is log(1 + cv^2)."""

    family: Literal["log_normal"] = "log_normal"
    mean: Positive
    cv: Cv


class LogNormalMixture(_AboveZero):
    """Log-normals in shares that sum to 1."""

    family: Literal["log_normal_mixture"] = "log_normal_mixture"
    weights: tuple[PositiveFloat, ...] = Field(min_length=1, max_length=3)
    means: tuple[Positive, ...] = Field(min_length=1, max_length=3)
    cvs: tuple[Cv, ...] = Field(min_length=1, max_length=3)

    @model_validator(mode="after")
    def _shares_of_as_many_components(self) -> Self:
        if not len(self.weights) == len(self.means) == len(self.cvs):
            got = f"{len(self.weights)} weights, {len(self.means)} means and {len(self.cvs)} cvs"
            raise ValueError(f"log_normal_mixture: got {got}; give one of each for every component")
        if abs(sum(self.weights) - 1) > 1e-6:
            raise ValueError(f"weights: got {self.weights}, whose sum is {sum(self.weights):g}; they must sum to 1")
        return self


class _Interval(Distribution):
    low: Number
    high: Number

    @model_validator(mode="after")
    def _low_below_high(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"{self.family}: got low {self.low:g} and high {self.high:g}; low must be below high")
        return self

    @property
    def positive(self) -> bool:
        return self.low > 0


class Uniform(_Interval):
    """Equally likely everywhere from low to high."""

    family: Literal["uniform"] = "uniform"


class Lorentzian(_Interval):
    """A Cauchy distribution cut off below low and above high; without bounds no Wasserstein distance is finite."""

    family: Literal["lorentzian"] = "lorentzian"
    centre: Number
    halfwidth: Positive


class Dirac(Distribution):
    """The same value everywhere: the homogeneous case."""

    family: Literal["dirac"] = "dirac"
    value: Number

    @property
    def positive(self) -> bool:
        return self.value > 0


class Empirical(Distribution):
    """One of these measured samples, each equally likely."""

    family: Literal["empirical"] = "empirical"
    samples: tuple[Number, ...] = Field(min_length=1, max_length=100_000)

    @property
    def positive(self) -> bool:
        return min(self.samples) > 0


FAMILIES: dict[str, type[Distribution]] = {
    model.model_fields["family"].default: model
    for model in (Gamma, LogNormal, LogNormalMixture, Uniform, Lorentzian, Dirac, Empirical)
}
if TYPE_CHECKING:
    AnyDistribution = Distribution
else:
    AnyDistribution = Annotated[
        Gamma | LogNormal | LogNormalMixture | Uniform | Lorentzian | Dirac | Empirical, Field(discriminator="family")
    ]
_adapter: TypeAdapter[Distribution] = TypeAdapter(AnyDistribution)


def read(value: Any) -> Distribution:
    """A distribution from its JSON form.

    >>> read({"family": "gamma", "mean": 20, "cv": 0.5})
    Gamma(family='gamma', mean=20.0, cv=0.5)

    Raises:
        UserError: naming every field that is wrong, what was got and what is allowed.
    """
    try:
        return _adapter.validate_python(value)
    except ValidationError as error:
        raise UserError("; ".join(f"distribution: {explain(e)}" for e in error.errors())) from None
