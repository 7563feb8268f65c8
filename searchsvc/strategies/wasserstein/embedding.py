r"""Points of a space as vectors whose Euclidean distances are Wasserstein distances.

In one dimension W2 is the distance of quantile functions Q in L2(0, 1). So a distribution becomes the vector of
:math:`\sqrt{w_i}\, Q(u_i)` at the nodes u of a quadrature with weights w, or of :math:`\sqrt{w_i} \log Q(u_i)` for a
positive parameter: then W2 is that of the logarithms, which is our choice. A number becomes its coordinate of the unit
interval, a choice a unit vector.

16 Gauss-Hermite nodes z for the normal score, :math:`u = \Phi(z)`, give W2 to 1e-4 for smooth families. Where quantile
functions may have steps, with mixtures and measured samples, 64 Gauss-Legendre nodes give it to some percent
(`tests/searchsvc/strategies/wasserstein/test_embedding.py`).

Every dimension is divided by the root mean square distance of two draws of the space, so that a lengthscale of 1 means
the same for all. That divisor follows from the space alone.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import torch
from botorch.models.transforms.input import InputTransform
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from torch import Tensor
from torch.quasirandom import SobolEngine

from spaces.distributions import params as distribution_params
from spaces.distributions.families import QUANTILES, quantile
from spaces.distributions.gamma_table import GammaTable
from spaces.space._dimension import share
from spaces.space.dimensions import Categorical, Dimension, Float, Int, Point, Space, parts
from spaces.space.distribution import Distribution

Array = NDArray[np.float64]

PRIOR_DRAWS = 1024
STEPS = 1000  # whole numbers of a range that is not taken for a continuous one
BEYOND = 4.0  # widths of a range that values outside are away from it at most


class Embedding(InputTransform, torch.nn.Module):
    """Turns coordinates of the unit cube (..., N, width) into columns (..., N, sum(columns)); differentiable.

    As an input transform of a BoTorch model it lets an acquisition function be optimised over the unit cube.
    """

    transform_on_train = True
    transform_on_eval = True
    transform_on_fantasize = True
    is_one_to_many = False

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.parts = list(parts(space))
        self.encoders = {name: _encoder(dimension) for name, dimension in space.items()}
        self.columns = [self.encoders[name].columns for name, _ in self.parts]

    def transform(self, X: Tensor) -> Tensor:
        """The columns of coordinates."""
        return torch.cat([self.encoders[name](X[..., part]) for name, part in self.parts], dim=-1)

    def embed(self, points: Sequence[Point]) -> Tensor:
        """The columns of points (N, sum(columns)), whose distributions may be of any family."""
        rows = [torch.cat([self.encoders[name].of(point[name]) for name, _ in self.parts]) for point in points]
        return torch.stack(rows) if rows else torch.empty(0, sum(self.columns), dtype=torch.float64)


class _Encoder:
    """Of one dimension: columns of coordinates, and of a value."""

    columns = 1

    def __init__(self, dimension: Dimension) -> None:
        self.dimension = dimension
        self.of = lru_cache(maxsize=4096)(self._of)
        self.scale = 1.0
        engine: Any = SobolEngine(dimension.width, scramble=True, seed=0)  # type: ignore[no-untyped-call]
        draws = self(engine.draw(PRIOR_DRAWS, dtype=torch.float64))
        self.scale = (2 * draws.var(0).sum()).sqrt().item() or 1.0  # of a range too narrow for draws to differ

    def __call__(self, u: Tensor) -> Tensor:
        return u / self.scale

    def _of(self, value: Any) -> Tensor:
        return self(torch.tensor(self.dimension.encode(value), dtype=torch.float64))


class _FloatEncoder(_Encoder):
    """A value outside the range lies outside the unit interval: what is known of it is no news of the range's end."""

    dimension: Float

    def _of(self, value: float) -> Tensor:
        bounds = self.dimension.low, self.dimension.high
        return self(_double(share(value, bounds, log=self.dimension.log, beyond=BEYOND))[None])


class _IntEncoder(_Encoder):
    dimension: Int

    def __call__(self, u: Tensor) -> Tensor:
        return _cell(u, self.dimension.size) / (self.dimension.size - 1) / self.scale


class _CategoricalEncoder(_Encoder):
    def __init__(self, dimension: Categorical) -> None:
        self.columns = len(dimension.choices)
        super().__init__(dimension)

    def __call__(self, u: Tensor) -> Tensor:
        index = _cell(u[..., 0], self.columns).long()
        return torch.nn.functional.one_hot(index, self.columns).double() / self.scale


class DistributionEncoder(_Encoder):
    dimension: Distribution

    def __init__(self, dimension: Distribution) -> None:
        self.u, self.root_weights, self.gamma = nodes(dimension.has_steps)
        self.columns = len(self.u)
        super().__init__(dimension)

    def __call__(self, u: Tensor) -> Tensor:
        families = self.dimension.families
        several = len(families) > 1
        own = u.unbind(-1)[several:]
        quantiles = torch.stack([self._quantiles(f, self.dimension.parameters(f, own)) for f in families])
        family = _cell(u[..., :1], len(families)).long() if several else torch.zeros_like(u[..., :1], dtype=torch.long)
        return self._columns(torch.take_along_dim(quantiles, family[None], dim=0)[0])

    def _of(self, value: distribution_params.Distribution) -> Tensor:
        if isinstance(value, distribution_params.Gamma):
            return self._columns(self._quantiles("gamma", {"mean": _double(value.mean), "cv": _double(value.cv)}))
        return self._columns(quantile(value, self.u))

    def _quantiles(self, family: str, parameters: dict[str, Any]) -> Tensor:
        """At the nodes, which are a new last axis of every parameter; a mixture's components stay behind it."""
        tensors = {
            name: torch.stack(v, dim=-1)[..., None, :] if isinstance(v, tuple) else v[..., None]
            for name, v in parameters.items()
        }
        return self.gamma(**tensors) if family == "gamma" else QUANTILES[family](self.u, **tensors)

    def _columns(self, quantiles: Tensor) -> Tensor:
        values = quantiles.log() if self.dimension.positive else quantiles
        return values * self.root_weights / self.scale

    def values(self, columns: Tensor) -> Tensor:
        """The quantiles at the nodes whose columns these are; their logarithms, of a positive parameter."""
        return columns * self.scale / self.root_weights

    def nearest(self, columns: Tensor) -> Tensor:
        """The columns (N, columns) of the distributions that are nearest to these, which may be of none."""
        weights = self.root_weights.square().numpy()
        rising = [isotonic_regression(row, weights=weights).x for row in self.values(columns).numpy()]
        return torch.tensor(np.array(rising)) * self.root_weights / self.scale

    def quantiles(self, columns: Tensor, shares: Sequence[float]) -> Array:
        """Of the distributions with these columns (N, columns), at any shares, which lie between nodes: (N, shares)."""
        found = np.stack([np.interp(shares, self.u.numpy(), row) for row in self.values(columns).numpy()])
        return np.exp(found) if self.dimension.positive else found


def _encoder(dimension: Dimension) -> _Encoder:
    match dimension:
        case Distribution():
            return DistributionEncoder(dimension)
        case Categorical():
            return _CategoricalEncoder(dimension)
        case Int() if dimension.size <= STEPS and not dimension.log:
            return _IntEncoder(dimension)
        case Float():
            return _FloatEncoder(dimension)
        case _:
            return _Encoder(dimension)


@cache
def nodes(steps: bool) -> tuple[Tensor, Tensor, GammaTable]:
    """Shares, the square roots of their weights, and gamma's quantiles there."""
    if steps:
        x, weights = np.polynomial.legendre.leggauss(64)
        u = torch.tensor((x + 1) / 2)
    else:
        z, weights = np.polynomial.hermite_e.hermegauss(16)
        u = torch.special.ndtr(torch.tensor(z))
    return u, torch.tensor(weights / weights.sum()).sqrt(), GammaTable(u)


def _double(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _cell(u: Tensor, count: int) -> Tensor:
    return (u * count).floor().clamp(0, count - 1)
