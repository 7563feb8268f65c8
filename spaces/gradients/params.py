"""Surrogate gradients by name; torch-free. Equations and references: ``spike.py``."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from spaces.params import Params, PositiveFloat


class Triangle(Params):
    """Support 2 / height, area 1."""

    name: Literal["triangle"] = "triangle"
    height: PositiveFloat = 1.0


class Rectangle(Params):
    """Height 1 / width, area 1."""

    name: Literal["rectangle"] = "rectangle"
    width: PositiveFloat = 1.0


class Arctan(Params):
    """Derivative of a scaled arctan; height alpha / 2, area 1."""

    name: Literal["arctan"] = "arctan"
    alpha: PositiveFloat = 2.0


class Sigmoid(Params):
    """Derivative of the logistic function; height alpha / 4, area 1."""

    name: Literal["sigmoid"] = "sigmoid"
    alpha: PositiveFloat = 4.0


class MultiGaussian(Params):
    """A Gaussian with negative flanks; area scale (1 - flank)."""

    name: Literal["multi_gaussian"] = "multi_gaussian"
    sigma: PositiveFloat = Field(0.5, description="standard deviation of the centre")
    flank: float = Field(0.15, ge=0, description="share h of each negative flank")
    spread: PositiveFloat = Field(6.0, description="a flank's standard deviation in sigma, s")
    scale: PositiveFloat = Field(0.5, description="of the whole")


def _by_name(value: Any) -> Any:
    """A name stands for its defaults, a number (all that release 0.1.0 wrote) for a triangle of that height."""
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, int | float):
        return {"name": "triangle", "height": value}
    return value


if TYPE_CHECKING:
    Surrogate = Triangle | Rectangle | Arctan | Sigmoid | MultiGaussian
else:
    Surrogate = Annotated[
        Triangle | Rectangle | Arctan | Sigmoid | MultiGaussian,
        Field(discriminator="name"),
        BeforeValidator(_by_name),
    ]
