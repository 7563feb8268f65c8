"""Where to look next: expected improvement of a surrogate, optimised over the unit cube of a mixed space."""

import math
from collections.abc import Sequence

import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.analytic import _log_ei_helper
from botorch.acquisition.multi_objective import logei
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.models.gpytorch import GPyTorchModel
from botorch.models.model_list_gp_regression import ModelListGP
from botorch.optim.optimize_mixed import optimize_acqf_mixed_alternating
from botorch.sampling.normal import SobolQMCNormalSampler
from botorch.utils.sampling import draw_sobol_normal_samples, manual_seed
from botorch.utils.transforms import t_batch_mode_transform
from linear_operator.utils.cholesky import psd_safe_cholesky
from torch import Tensor

from searchsvc.strategies.wasserstein.embedding import STEPS, Embedding
from searchsvc.strategies.wasserstein.process import SMALLEST, Surrogate
from spaces.space._dimension import middle
from spaces.space.dimensions import Int, Point, Space, encode, parts, width

SAMPLES = 64  # of the noisy expected improvement
OPTIONS = {"initialization_strategy": "random", "num_spray_points": 64, "maxiter_alternating": 4, "tol": 0.01}
RAW, RESTARTS = 256, 4
BEST = 5  # points whose perturbations are among the first candidates
BASELINE = 16  # points with scores, of the largest means, that noisy improvement improves on
# BoTorch would compile a kernel at its first use: most of a minute, for one processor (decision 36 of
# CONTRIBUTING.md), behind a lock file that a killed process leaves; the next ones would wait for it for ever.
logei._load_attempted = True


class LogExpectedImprovement(AcquisitionFunction):
    """BoTorch's of the same name (Ament et al. 2023), by our faster posterior."""

    def __init__(self, surrogate: Surrogate, best: Tensor) -> None:
        torch.nn.Module.__init__(self)
        self.surrogate, self.best = surrogate, best

    def forward(self, X: Tensor) -> Tensor:
        mean, sd = self.surrogate.posterior(X.squeeze(-2))
        return _log_ei_helper((mean - self.best) / sd) + sd.log()


class LogNoisyExpectedImprovement(AcquisitionFunction):
    r"""The improvement on points whose scores are not known for sure: noisy ones, and those of trials that run.

    With samples f of their joint posterior, the mean over f of the expected improvement on max f given f (Letham et al.
    2019), in the logarithm. Its value is that of BoTorch's qLogNoisyExpectedImprovement, which samples x as well.

    Shapes: N points, B points to improve on, S samples, M observations.
    """

    def __init__(self, surrogate: Surrogate, x_B: Tensor, seed: int) -> None:
        torch.nn.Module.__init__(self)
        self.surrogate, self.x_B = surrogate, x_B
        self.w_BM = surrogate.whitened(x_B)
        covariance_BB = surrogate.prior(x_B, x_B) - self.w_BM @ self.w_BM.T
        self.factor_BB = psd_safe_cholesky(covariance_BB)
        self.z_SB = draw_sobol_normal_samples(len(x_B), SAMPLES, seed=seed, dtype=x_B.dtype)
        self.best_S = (surrogate.mean(self.w_BM) + self.z_SB @ self.factor_BB.T).amax(1)

    def forward(self, X: Tensor) -> Tensor:
        x = X.squeeze(-2)
        w_NM = self.surrogate.whitened(x)
        covariance_NB = self.surrogate.prior(x, self.x_B) - w_NM @ self.w_BM.T
        known_NB = torch.linalg.solve_triangular(self.factor_BB, covariance_NB.T, upper=False).T
        variance_N = (self.surrogate.variance(w_NM) - known_NB.square().sum(-1)).clamp_min(SMALLEST)
        sd_N1 = variance_N.sqrt()[:, None]
        mean_NS = self.surrogate.mean(w_NM)[:, None] + known_NB @ self.z_SB.T
        value_NS: Tensor = _log_ei_helper((mean_NS - self.best_S) / sd_N1) + sd_N1.log()
        return value_NS.logsumexp(1) - math.log(SAMPLES)


def log_noisy_hypervolume_improvement(
    models: Sequence[GPyTorchModel], x: Tensor, running: Tensor, seed: int
) -> AcquisitionFunction:
    """BoTorch's qLogNEHVI (Daulton et al. 2021, Ament et al. 2023) over a model of each objective.

    Args:
        x, running: embedded points with scores, and of trials that run.
    """
    model = ModelListGP(*models)
    with torch.no_grad():
        mean = model.posterior(x).mean
    worst, best = mean.amin(0), mean.amax(0)
    # By the worst of all points: by the front's own worst, the front's ends would be worth nothing.
    reference = worst - 0.1 * (best - worst)
    with manual_seed(seed):  # points that improve on nothing are left out by samples
        return qLogNoisyExpectedHypervolumeImprovement(
            model,
            reference,
            x,
            sampler=SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=seed),
            prune_baseline=True,
            X_pending=running if len(running) else None,
            cache_root=False,
        )


class Embedded(AcquisitionFunction):
    """An acquisition function of embedded points as one of the unit cube, less where points are likely to fail.

    Args:
        failure: a surrogate of what is 0 where trials failed and 1 where they did not.
        best: coordinates of good points, to start from.
    """

    def __init__(
        self, inner: AcquisitionFunction, embedding: Embedding, failure: Surrogate | None, best: Tensor
    ) -> None:
        torch.nn.Module.__init__(self)
        self.inner, self.embedding, self.failure, self.X_baseline = inner, embedding, failure, best

    @t_batch_mode_transform(expected_q=1, assert_output_shape=False)  # type: ignore[arg-type]
    def forward(self, X: Tensor) -> Tensor:
        columns = self.embedding.transform(X)
        value: Tensor = self.inner(columns)
        if self.failure is None:
            return value
        mean, sd = self.failure.posterior(columns.squeeze(-2))
        success: Tensor = torch.special.log_ndtr((mean - 0.5) / sd)
        return value + success


def optimise(acquisition: Embedded, space: Space, seed: int) -> Tensor:
    """The coordinates (width,) where the acquisition function is largest; `seed` draws where to start."""
    bounds = torch.tensor([[0.0], [1.0]], dtype=torch.float64).repeat(1, width(space))
    ordered, chosen = {}, {}
    for name, part in parts(space):
        dimension = space[name]
        if isinstance(dimension, Int):
            if dimension.size <= STEPS:
                ordered[part.start] = [dimension.encode(value)[0] for value in dimension.spread(STEPS)]
        elif dimension.choices_at:
            chosen[part.start + dimension.choices_at[0]] = _middles(dimension.choices_at[1])
    for coordinate, values in (ordered | chosen).items():
        bounds[:, coordinate] = torch.tensor([values[0], values[-1]], dtype=torch.float64)
    with manual_seed(seed):
        found, _ = optimize_acqf_mixed_alternating(
            acquisition, bounds, ordered, chosen, dict(OPTIONS), raw_samples=RAW, num_restarts=RESTARTS
        )
    return found[0]


def coordinates(space: Space, points: Sequence[Point]) -> Tensor:
    """Of the nearest points that the space has."""
    return torch.tensor([encode(space, point) for point in points], dtype=torch.float64)


def _middles(count: int) -> list[float]:
    return [middle(i, count) for i in range(count)]
