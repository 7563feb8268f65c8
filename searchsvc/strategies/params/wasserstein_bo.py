from typing import ClassVar, Literal

from pydantic import Field

from searchsvc.strategies.params._base import Needs, StrategyParams


class Params(StrategyParams):
    """Bayesian optimisation: a Gaussian process with the Wasserstein-Matern kernel, expected improvement."""

    needs: ClassVar[Needs] = "space"
    name: Literal["wasserstein_bo"] = "wasserstein_bo"
    initial: int | None = Field(
        None,
        ge=2,
        le=10_000,
        description="points of a Sobol sequence before the surrogate suggests; null: a quarter of all, 2 to 10",
    )
    nu: Literal["1/2", "3/2", "5/2"] = Field("5/2", description="order of the Matern kernel")
