"""Where to look next: expected improvement of a surrogate, optimised over the unit cube of a mixed space."""

from collections.abc import Sequence

import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.analytic import _log_ei_helper
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.models import SingleTaskGP
from botorch.optim.optimize_mixed import optimize_acqf_mixed_alternating
from botorch.sampling.normal import SobolQMCNormalSampler
from botorch.utils.sampling import manual_seed
from botorch.utils.transforms import t_batch_mode_transform
from torch import Tensor

from searchsvc.embedding import Embedding
from searchsvc.surrogate import Surrogate
from spaces._dimension import middle
from spaces.dimensions import Int, Point, Space, encode, parts, width

SAMPLES = 64  # of the noisy expected improvement
OPTIONS = {"initialization_strategy": "random", "num_spray_points": 64, "maxiter_alternating": 4, "tol": 0.01}
RAW, RESTARTS = 256, 4
BEST = 5  # points whose perturbations are among the first candidates


class LogExpectedImprovement(AcquisitionFunction):
    """BoTorch's of the same name (Ament et al. 2023), by our faster posterior."""

    def __init__(self, surrogate: Surrogate, best: Tensor) -> None:
        torch.nn.Module.__init__(self)
        self.surrogate, self.best = surrogate, best

    def forward(self, X: Tensor) -> Tensor:
        mean, sd = self.surrogate.posterior(X.squeeze(-2))
        return _log_ei_helper((mean - self.best) / sd) + sd.log()


def noisy_improvement(gp: SingleTaskGP, x: Tensor, pending: Tensor, seed: int) -> AcquisitionFunction:
    """Of what the trials that run leave, in the logarithm."""
    sampler = SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=seed)
    with manual_seed(seed):  # it draws samples to leave out points of the baseline that cannot be best
        return qLogNoisyExpectedImprovement(gp, X_baseline=x, X_pending=pending, sampler=sampler)


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
            ordered[part.start] = _middles(dimension.high - dimension.low + 1)
        elif dimension.choices_at:
            chosen[part.start + dimension.choices_at[0]] = _middles(dimension.choices_at[1])
    for coordinate, values in (ordered | chosen).items():
        bounds[:, coordinate] = torch.tensor([values[0], values[-1]])
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
