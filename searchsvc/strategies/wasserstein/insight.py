r"""What pictures need of a search's surrogate: which dimensions matter, and what the score is along distributions.

Importance is permutation importance (Breiman 2001): how much of :math:`R^2`, with which the surrogate's mean explains
the candidates' mean scores, is lost when the values of one dimension change places among the candidates, distributions
as wholes. Its mean and standard deviation over the permutations have no unit.

A direction is the first principal component of the candidates' quantile functions Q, which in one dimension is a
principal component of Wasserstein space (Bigot et al. 2017): candidates have positions t along it, and the surrogate is
asked at :math:`\bar Q + t q` between the extreme ones. Positions are W2 distances from the mean :math:`\bar Q`, in the
parameter's unit, or of its logarithms where it is positive. Far out such a sum may fall somewhere, and then is no
quantile function; the nearest one is taken in its place, which isotonic regression gives.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.inspection import permutation_importance
from sklearn.metrics import r2_score
from torch import Tensor

from searchsvc.metrics.objectives import Objective
from searchsvc.strategies.params import wasserstein_bo as params
from searchsvc.strategies.wasserstein import process
from searchsvc.strategies.wasserstein.embedding import Array, DistributionEncoder, Embedding
from searchsvc.strategies.wasserstein.process import SMALLEST, Surrogate
from searchsvc.strategies.wasserstein_bo import one_thread
from searchsvc.strategy import Outcome
from spaces.distributions.nodes import SHARES
from spaces.identity import Identity, identity
from spaces.space.dimensions import Point, Space

LEAST = 5  # points
POSITIONS = 25
REPEATS = 20  # permutations of each dimension
POINTS = 500  # that the surrogate knows, at most: it takes the cube of their number
SHOWN = 200  # candidates that are permuted and listed, at most
DIGITS = 6


class Job(Protocol):
    """What this asks of a kind of search."""

    @property
    def seed(self) -> int: ...

    @property
    def space(self) -> Space: ...

    @property
    def strategy(self) -> Any: ...

    @property
    def objective(self) -> Objective: ...

    def known(self) -> Sequence[Outcome]: ...

    def covers(self, point: Point) -> bool: ...


@dataclass
class Candidate:
    """A point with its scores; what was known from the start has no other label than that."""

    point: Point
    label: str = "known"
    scores: list[float] = field(default_factory=list)

    @property
    def score(self) -> float:
        return sum(self.scores) / len(self.scores)


def insight(job: Job, outcomes: Sequence[Outcome]) -> dict[str, Any] | None:
    """Of a search over named dimensions with these outcomes: plain data, numbers to 6 digits.

    `outcomes` counts the scores that it knows, those known from the start too; of more than 500 candidates it knows
    500. `importance` has every dimension, the most important one first. `directions` has those distributions in which
    candidates differ: positions with the mean and standard deviation that the surrogate expects of the score there,
    all else as in the best candidate, and the quantiles at `nodes.SHARES`; the candidates' positions and mean
    scores, those of the best and 199 random ones if there are more; the share of variance `explained`.

    Returns:
        None while there are fewer than 5 points with scores, or all have the same.
    """
    candidates = _candidates(job, [*job.known(), *outcomes])
    if len(candidates) < LEAST or len({candidate.score for candidate in candidates}) == 1:
        return None
    with one_thread(), warnings.catch_warnings(action="ignore"):  # of jitter
        fitted = Fitted(job, [candidates[i] for i in sorted(_drawn(job, candidates, POINTS))])
        return {
            "outcomes": sum(len(candidate.scores) for candidate in fitted.candidates),
            "importance": _importance(fitted, job.seed),
            "directions": {name: found for name in job.space if (found := _direction(fitted, name))},
        }


class Fitted:
    """The surrogate of all scores; `columns` are the candidates' by dimension, each (M, its columns)."""

    def __init__(self, job: Job, candidates: list[Candidate]) -> None:
        self.candidates, self.sign = candidates, job.objective.sign
        self.embedding = Embedding(job.space).eval()
        nu = getattr(job.strategy, "nu", params.Params().nu)
        x = self.embedding.embed([candidate.point for candidate in candidates])
        signed = [[self.sign * score for score in candidate.scores] for candidate in candidates]
        observed, sizes = process.observe(x, signed), self.embedding.columns
        self.scores = self.sign * observed.y
        self.found = process.fit(observed, sizes, nu)
        self.surrogate = Surrogate(observed, self.found, sizes, nu)
        self.columns = dict(zip(job.space, torch.split(x, sizes, dim=-1), strict=True))
        self.shown = _drawn(job, candidates, SHOWN)
        self.best = self.shown[0]

    def posterior(self, columns: dict[str, Tensor]) -> tuple[Array, Array]:
        """Mean and standard deviation of points, by dimension (N, its columns); in the metric's unit and sign."""
        mean, sd = self.surrogate.posterior(torch.cat([columns[name] for name in self.columns], dim=-1))
        return self.sign * (self.found.offset + self.found.unit * mean.numpy()), self.found.unit * sd.numpy()


class _Means:
    """Predicts for rows of numbers of candidates, a column for each dimension whose value that candidate gives.

    So a column that is permuted permutes whole values.
    """

    def __init__(self, fitted: Fitted) -> None:
        self.fitted = fitted

    def fit(self, X: Array, y: Array) -> "_Means":
        return self  # it has been; scikit-learn wants to see the method

    def predict(self, X: Any) -> Array:
        columns = self.fitted.columns.items()
        return self.fitted.posterior({name: values[X[:, d]] for d, (name, values) in enumerate(columns)})[0]


def _candidates(job: Job, outcomes: Sequence[Outcome]) -> list[Candidate]:
    """By their points; those that failed, or that the space has no place for, are left out."""
    found: dict[Identity, Candidate] = {}
    for outcome in outcomes:
        if outcome.score is not None and job.covers(outcome.point):
            values = {name: outcome.point[name] for name in job.space}
            candidate = found.setdefault(identity(values), Candidate(values))
            candidate.scores.append(outcome.score)
            if candidate.label == "known":
                candidate.label = outcome.label or "known"
    return list(found.values())


def _drawn(job: Job, candidates: list[Candidate], most: int) -> list[int]:
    """Indices of the best, which is the first, and of random others: `most` at most."""
    best = max(range(len(candidates)), key=lambda i: job.objective.sign * candidates[i].score)
    others = np.random.default_rng(job.seed).permutation(len(candidates)).tolist()
    return [best, *(i for i in others if i != best)][:most]


def _importance(fitted: Fitted, seed: int) -> list[dict[str, Any]]:
    rows = np.repeat(np.array(fitted.shown)[:, None], len(fitted.columns), axis=1)
    scores = fitted.scores[fitted.shown]
    options = {"scoring": _r_squared, "n_repeats": REPEATS, "random_state": seed}
    found = permutation_importance(_Means(fitted), rows, scores, **options)
    rated = zip(fitted.columns, _rounded(found.importances_mean), _rounded(found.importances_std), strict=True)
    return sorted(({"name": name, "mean": mean, "sd": sd} for name, mean, sd in rated), key=lambda one: -one["mean"])


def _r_squared(estimator: _Means, X: Any, y: Array) -> float:
    return float(r2_score(y, estimator.predict(X)))


def _direction(fitted: Fitted, name: str) -> dict[str, Any] | None:
    encoder, x = fitted.embedding.encoders[name], fitted.columns[name]
    if not isinstance(encoder, DistributionEncoder):
        return None
    component = PCA(1, svd_solver="full").fit(x.numpy())
    if component.explained_variance_[0] < SMALLEST:
        return None  # candidates do not differ in it
    centre, towards = torch.tensor(component.mean_), torch.tensor(component.components_[0])
    towards = towards if towards @ encoder.root_weights >= 0 else -towards  # to where the mean is larger
    own = (x - centre) @ towards
    position = torch.tensor(np.linspace(own.min(), own.max(), POSITIONS))
    line = encoder.nearest(centre + position[:, None] * towards)
    best = {other: values[fitted.best].expand(POSITIONS, -1) for other, values in fitted.columns.items()}
    mean, sd = fitted.posterior({**best, name: line})
    positions = _rounded(own.numpy() * encoder.scale)
    placed = [(fitted.candidates[i], positions[i]) for i in fitted.shown]
    return {
        "position": _rounded(position.numpy() * encoder.scale),
        "mean": _rounded(mean),
        "sd": _rounded(sd),
        "quantiles": _rounded(encoder.quantiles(line, SHARES)),
        "candidates": [{"label": c.label, "position": at, "score": _rounded(c.score)} for c, at in placed],
        "explained": _rounded(component.explained_variance_ratio_[0]),
    }


def _rounded(values: Any) -> Any:
    """A number, or arrays of them, to so many significant digits: pictures need no more. JSON has no infinite ones."""
    if np.ndim(values):
        return [_rounded(value) for value in values]
    return float(f"{values:.{DIGITS}g}") if np.isfinite(values) else None
