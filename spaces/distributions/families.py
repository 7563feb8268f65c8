r"""Quantile functions and seeded sampling of a parameter's distribution.

With u in (0, 1), z the standard normal's quantile of u, c the coefficient of variation:

.. math::

    \text{log-normal:} \quad & m \exp(\sigma z - \sigma^2 / 2), \qquad \sigma^2 = \log(1 + c^2) \\
    \text{gamma:} \quad & m \, P^{-1}(a, u) / a, \qquad a = c^{-2} \\
    \text{mixture:} \quad & \exp y, \qquad \sum_k w_k \Phi\big((y - \mu_k) / \sigma_k\big) = u \\
    \text{uniform:} \quad & l + (h - l) u \\
    \text{Lorentzian:} \quad & x_0 + \gamma \tan(A + u (B - A)), \qquad
        A = \arctan \frac{l - x_0}{\gamma}, \; B = \arctan \frac{h - x_0}{\gamma} \\
    \text{empirical:} \quad & x_{(\lceil n u \rceil)}

P is the regularised lower incomplete gamma function, whose inverse is found by bisection; the inverse's derivative in
the shape has no closed form and is taken by differences. Everything is differentiable in the parameters, in double
precision.

Shapes: parameters broadcast with u; a mixture's components and an empirical distribution's samples are a last axis.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from spaces.distributions.params import Distribution

BISECTIONS = 64
BISECTIONS_BEFORE_NEWTON = 24
STEP = 2e-3  # of log shape, in differences


def quantile(distribution: Distribution, u: Tensor) -> Tensor:
    """The values below which shares `u` of the distribution lie; double, of the shape of `u`.

    >>> from spaces.distributions.params import Uniform
    >>> quantile(Uniform(low=2, high=6), torch.tensor([0.25, 0.5])).tolist()
    [3.0, 4.0]
    """
    fields = distribution.model_dump(exclude={"family"})
    parameters = {name: torch.tensor(value, dtype=torch.float64) for name, value in fields.items()}
    values: Tensor = QUANTILES[distribution.family](u.double(), **parameters)
    return values


def sample(distribution: Distribution, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Independent draws; double. The same state of the generator gives the same draws, whatever the family."""
    u = torch.rand(shape, generator=generator, dtype=torch.float64)
    return quantile(distribution, u.clamp_min(2**-54))


def log_normal(u: Tensor, mean: Tensor, cv: Tensor) -> Tensor:
    mu, sigma = _normal(mean, cv)
    z: Tensor = torch.special.ndtri(u)
    return torch.exp(mu + sigma * z)


def gamma(u: Tensor, mean: Tensor, cv: Tensor) -> Tensor:
    log_shape = -2 * cv.log()
    log_quantile: Tensor = LogGammaQuantile.apply(log_shape, u)  # type: ignore[no-untyped-call]
    return mean * torch.exp(log_quantile - log_shape)


def log_normal_mixture(u: Tensor, weights: Tensor, means: Tensor, cvs: Tensor) -> Tensor:
    """A Newton step at the end doubles the digits that bisection has found, and gives the root its derivatives."""
    mu, sigma = _normal(means, cvs)
    u = u[..., None]

    def score(y: Tensor) -> Tensor:
        return (y - mu) / sigma

    def share(y: Tensor) -> Tensor:
        each: Tensor = torch.special.ndtr(score(y))
        return (weights * each).sum(-1, keepdim=True)

    with torch.no_grad():
        ends = mu + sigma * torch.special.ndtri(u)  # the mixture's quantile lies among its components'
        first, last = ends.amin(-1, keepdim=True), ends.amax(-1, keepdim=True)
        y = _bisect(lambda y: share(y) < u, first, last, BISECTIONS_BEFORE_NEWTON)
        density = (weights / sigma * torch.exp(-0.5 * score(y) ** 2)).sum(-1, keepdim=True) / (2 * torch.pi) ** 0.5
    return torch.exp(y - (share(y) - u) / density).squeeze(-1)


def uniform(u: Tensor, low: Tensor, high: Tensor) -> Tensor:
    return low + (high - low) * u


def lorentzian(u: Tensor, low: Tensor, high: Tensor, centre: Tensor, halfwidth: Tensor) -> Tensor:
    first, last = (torch.atan((bound - centre) / halfwidth) for bound in (low, high))
    return centre + halfwidth * torch.tan(first + u * (last - first))


def dirac(u: Tensor, value: Tensor) -> Tensor:
    return value + 0 * u


def empirical(u: Tensor, samples: Tensor) -> Tensor:
    n = samples.shape[-1]
    index = (n * u).ceil().long().clamp(1, n) - 1
    return samples.sort().values[..., index]


QUANTILES: dict[str, Callable[..., Tensor]] = {
    f.__name__: f for f in (gamma, log_normal, log_normal_mixture, uniform, lorentzian, dirac, empirical)
}


class LogGammaQuantile(torch.autograd.Function):
    """The logarithm of the standard gamma's quantile of shares u, differentiable in the logarithm of the shape."""

    @staticmethod
    def forward(ctx: Any, log_shape: Tensor, u: Tensor) -> Tensor:
        ctx.save_for_backward(log_shape, u)
        return log_gamma_quantile(log_shape, u)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        log_shape, u = ctx.saved_tensors
        return (grads[0] * log_gamma_slope(log_shape, u)).sum_to_size(log_shape.shape), None


def log_gamma_slope(log_shape: Tensor, u: Tensor) -> Tensor:
    """The derivative of `log_gamma_quantile` in the logarithm of the shape, by differences of fourth order."""
    near, far = (
        log_gamma_quantile(log_shape + step, u) - log_gamma_quantile(log_shape - step, u) for step in (STEP, 2 * STEP)
    )
    slope: Tensor = (8 * near - far) / (12 * STEP)
    return slope


def log_gamma_quantile(log_shape: Tensor, u: Tensor) -> Tensor:
    """By bisection; the rarer side of the distribution decides, whose share is exact where the other's rounds to 1."""
    a, u = torch.broadcast_tensors(log_shape.exp(), u)  # type: ignore[no-untyped-call]
    low = (u.log() + torch.lgamma(a + 1)) / a  # P(a, x) <= x^a / Gamma(a + 1)
    high = torch.log(a + 10 * a.sqrt() + 50)

    def below(y: Tensor) -> Tensor:
        x = y.exp()
        return torch.where(u < 0.5, torch.special.gammainc(a, x) < u, torch.special.gammaincc(a, x) > 1 - u)

    return _bisect(below, low, high)


def _bisect(below: Callable[[Tensor], Tensor], low: Tensor, high: Tensor, iterations: int = BISECTIONS) -> Tensor:
    """Where `below` ends to hold between `low` and `high`."""
    for _ in range(iterations):
        middle = (low + high) / 2
        left = below(middle)
        low, high = torch.where(left, middle, low), torch.where(left, high, middle)
    return (low + high) / 2


def _normal(mean: Tensor, cv: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of a log-normal's logarithm."""
    variance = torch.log1p(cv**2)
    return mean.log() - variance / 2, variance.sqrt()
