from typing import Literal

from pydantic import Field

from spaces.params import Params as BaseParams


class Params(BaseParams):
    """Bayesian optimisation: a Gaussian process with the Wasserstein-Matern kernel, expected improvement."""

    name: Literal["wasserstein_bo"] = "wasserstein_bo"
    initial: int | None = Field(
        None,
        ge=2,
        le=10_000,
        description="points of a Sobol sequence before the surrogate suggests; null: a quarter of all, 2 to 10",
    )
    nu: Literal["1/2", "3/2", "5/2"] = Field("5/2", description="order of the Matern kernel")
