r"""A Gaussian process over embedded points, fitted by its marginal likelihood in closed form.

A point has n scores, a score for each seed, with mean y and noise of variance :math:`\sigma^2`. Its mean is normal with
noise :math:`\sigma^2 / n`, and what its scores differ among themselves says the rest about :math:`\sigma^2`: with N
scores of M points, whose squared deviations from their points' means sum to S,

.. math::

    -\log p = \tfrac12 (y - c)^T K^{-1} (y - c) + \tfrac12 \log |K|
        + \tfrac12 (N - M) \log \sigma^2 + \tfrac{S}{2 \sigma^2}, \qquad
    K = s^2 k(X, X) + \sigma^2 \operatorname{diag}(1 / n)

up to a constant, which is the likelihood of all scores. Its gradient needs only the squared distances of each
dimension, which are computed once. Priors: :math:`\log \ell_j \sim N(\tfrac12 \log J + 0.3, 1)` for J dimensions, so
that two draws of a space of any size are about equally alike; :math:`\log s^2, c \sim N(0, 1)` and
:math:`\log \sigma^2 \sim N(-4, 1.5^2)`, of scores that are scaled to mean 0 and standard deviation 1.

A fit that fails is tried again with more noise, then the priors' centres are taken; `health` says so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from botorch.models import SingleTaskGP
from gpytorch.kernels import ScaleKernel
from gpytorch.means import ConstantMean
from numpy.typing import NDArray
from scipy import linalg, optimize
from torch import Tensor

from searchsvc.strategies.wasserstein.extremes import tame
from searchsvc.strategies.wasserstein.kernel import ORDERS, WassersteinMaternKernel, matern

Array = NDArray[np.float64]

FLOOR, RAISED_FLOOR = 1e-4, 1e-2  # of the noise's variance, in units of the scores'
SUBSET = 200  # points that hyperparameters are fitted to, at most
ITERATIONS = 60
SMALLEST = 1e-12  # variance, in units of the scores'
FAILED = 1e25  # the objective where the covariance has no Cholesky factor


class Observations(NamedTuple):
    """Points that have scores: embedded (M, columns), their mean scores, how many, and all squared deviations."""

    x: Tensor
    y: Array
    n: Array
    deviation: float
    extreme: int = 0  # scores that count by their order alone

    def take(self, index: Any) -> "Observations":
        share = (self.n[index].sum() - len(index)) / max(self.n.sum() - len(self.n), 1)
        return self._replace(x=self.x[index], y=self.y[index], n=self.n[index], deviation=self.deviation * share)


def observe(x: Tensor, scores: Sequence[Sequence[float]]) -> Observations:
    """What the scores of embedded points (M, columns) say, without extreme ones; larger is better."""
    counts = [len(found) for found in scores]
    tamed = tame(np.concatenate([np.asarray(found, dtype=np.float64) for found in scores]))
    own = np.split(tamed.scores, np.cumsum(counts)[:-1])
    means = np.array([sum(found.tolist()) / len(found) for found in own])
    deviation = sum((score - mean) ** 2 for found, mean in zip(own, means, strict=True) for score in found.tolist())
    return Observations(x, means, np.array(counts, dtype=np.float64), float(deviation), tamed.changed)


def health(found: "Hyperparameters", *observed: Observations) -> str:
    """How a surrogate is, and of how many scores it knows the order alone."""
    extreme, total = sum(each.extreme for each in observed), sum(int(each.n.sum()) for each in observed)
    if not extreme:
        return found.health
    return f"{found.health}; {extreme} of {total} scores are extreme and count by their order alone"


@dataclass(frozen=True)
class Hyperparameters:
    """Lengthscales, output scale s^2, noise sigma^2 and mean c; in units of scores that `offset` and `unit` scale."""

    lengthscale: Array
    output: float
    noise: float
    mean: float
    offset: float
    unit: float
    health: str


def fit(observed: Observations, columns: list[int], nu: str) -> Hyperparameters:
    """The most probable hyperparameters; those of a random but fixed subset if there are many points."""
    if len(observed.y) > SUBSET:
        observed = observed.take(np.random.default_rng(len(observed.y)).choice(len(observed.y), SUBSET, replace=False))
    offset, unit = float(observed.y.mean()), float(observed.y.std()) or 1.0
    scaled = observed._replace(y=(observed.y - offset) / unit, deviation=observed.deviation / unit**2)
    for floor, health in ((FLOOR, "good"), (RAISED_FLOOR, "the noise floor was raised")):
        objective = Objective(scaled, columns, nu, floor)
        options = {"jac": True, "method": "L-BFGS-B", "bounds": objective.bounds, "options": {"maxiter": ITERATIONS}}
        found = optimize.minimize(objective, objective.start, **options)
        if np.isfinite(found.fun) and found.fun < FAILED:
            return objective.hyperparameters(found.x, offset, unit, health)
    return objective.hyperparameters(objective.start, offset, unit, "the priors' hyperparameters")


class Objective:
    """The negative logarithm of posterior density, and its gradient, over log lengthscales, log s^2, log noise, c."""

    def __init__(self, observed: Observations, columns: list[int], nu: str, floor: float) -> None:
        self.observed, self.nu, self.floor = observed, nu, floor
        parts = torch.split(observed.x, columns, dim=-1)
        self.squared_JMM = np.stack([_distance(part, part).square().numpy() for part in parts])
        dimensions = len(columns)
        self.start = np.array([*[0.5 * math.log(dimensions) + 0.3] * dimensions, 0.0, -4.0, 0.0])
        self.spread = np.array([*[1.0] * dimensions, 1.0, 1.5, 1.0])
        self.bounds = [(-3.5, 8.0)] * dimensions + [(-4.0, 4.0), (math.log(floor), 2.0), (-3.0, 3.0)]

    def __call__(self, theta: Array) -> tuple[float, Array]:
        _, y, n, deviation, _ = self.observed
        output, noise, mean = math.exp(theta[-3]), math.exp(theta[-2]), theta[-1]
        weights = np.exp(-2 * theta[:-3])
        correlation, slope = _matern(np.tensordot(weights, self.squared_JMM, 1), self.nu)
        factor, info = linalg.lapack.dpotrf(output * correlation + np.diag(noise / n), lower=1)
        if info:
            return FAILED, np.zeros_like(theta)
        inverse = linalg.lapack.dpotri(factor, lower=1)[0]
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        solved = inverse @ (y - mean)
        spare = n.sum() - len(n)
        z = (theta - self.start) / self.spread
        value = 0.5 * (y - mean) @ solved + np.log(np.diag(factor)).sum() + 0.5 * z @ z
        value += 0.5 * spare * theta[-2] + 0.5 * deviation / noise
        outer = 0.5 * (inverse - np.outer(solved, solved))  # derivative in the covariance
        gradient = z / self.spread
        gradient[:-3] -= 2 * weights * output * np.tensordot(self.squared_JMM, outer * slope, 2)
        gradient[-3] += output * (outer * correlation).sum()
        gradient[-2] += noise * (np.diag(outer) / n).sum() + 0.5 * spare - 0.5 * deviation / noise
        gradient[-1] -= solved.sum()
        return float(value), gradient

    def hyperparameters(self, theta: Array, offset: float, unit: float, health: str) -> Hyperparameters:
        output, noise = math.exp(theta[-3]), max(math.exp(theta[-2]), self.floor)
        return Hyperparameters(np.exp(theta[:-3]), output, noise, float(theta[-1]), offset, unit, health)


class Surrogate:
    r"""The posterior after all observations, in units of `found`: of few points much faster than `model`.

    With L the Cholesky factor of K, everything follows from :math:`w(x) = L^{-1} s^2 k(X, x)`: the mean
    :math:`c + w(x)^T L^{-1} (y - c)` and the covariance :math:`s^2 k(x, x') - w(x)^T w(x')`.

    Shapes: N points, M observations.
    """

    def __init__(self, observed: Observations, found: Hyperparameters, columns: list[int], nu: str) -> None:
        self.found, self.nu = found, nu
        self.scale = torch.tensor(found.lengthscale).repeat_interleave(torch.tensor(columns))
        self.x = observed.x
        factor = torch.linalg.cholesky(self.prior(self.x, self.x) + torch.tensor(found.noise / observed.n).diag())
        self.inverse = torch.linalg.solve_triangular(factor, torch.eye(len(factor), dtype=factor.dtype), upper=False)
        self.white_M = self.inverse @ (torch.tensor((observed.y - found.offset) / found.unit) - found.mean)

    def whitened(self, x: Tensor) -> Tensor:
        """w (N, M) of embedded points (N, columns); differentiable, as is all that follows from it."""
        w_NM: Tensor = self.prior(x, self.x) @ self.inverse.T
        return w_NM

    def mean(self, w_NM: Tensor) -> Tensor:
        mean_N: Tensor = self.found.mean + w_NM @ self.white_M
        return mean_N

    def variance(self, w_NM: Tensor) -> Tensor:
        variance_N: Tensor = self.found.output - w_NM.square().sum(-1)
        return variance_N.clamp_min(SMALLEST)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Means and standard deviations (N,)."""
        w_NM = self.whitened(x)
        return self.mean(w_NM), self.variance(w_NM).sqrt()

    def prior(self, x: Tensor, y: Tensor) -> Tensor:
        """Covariances before anything is observed."""
        return self.found.output * matern(_distance(x / self.scale, y / self.scale), self.nu)


def model(observed: Observations, found: Hyperparameters, columns: list[int], nu: str) -> SingleTaskGP:
    """A BoTorch model of scores in units of `found`, conditioned on all observations."""
    kernel = ScaleKernel(WassersteinMaternKernel(columns, nu)).double()
    kernel.base_kernel.lengthscale = torch.tensor(found.lengthscale)
    kernel.outputscale = found.output
    mean = ConstantMean().double()
    mean.constant = found.mean
    y = torch.tensor((observed.y - found.offset) / found.unit)[:, None]
    variance = torch.tensor(found.noise / observed.n)[:, None]
    gp = SingleTaskGP(observed.x, y, variance, covar_module=kernel, mean_module=mean, outcome_transform=None)
    return gp.requires_grad_(False).eval()


def _distance(x: Tensor, y: Tensor) -> Tensor:
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


def _matern(squared: Array, nu: str) -> tuple[Array, Array]:
    """The kernel at squared distances, and its derivative in them; at order 1/2 that is taken as 0 at distance 0."""
    a = np.sqrt(2 * ORDERS[nu] * squared)
    decay = np.exp(-a)
    match nu:
        case "5/2":
            return (1 + a + a**2 / 3) * decay, -5 / 6 * (1 + a) * decay
        case "3/2":
            return (1 + a) * decay, -3 / 2 * decay
        case _:
            return decay, -np.divide(decay, 2 * a, out=np.zeros_like(a), where=a > 0)
