"""Bayesian optimisation over distributions and ordinary parameters together (HRSNN, after Snoek et al. 2012).

First the measured samples that the space may name (`prior_samples`), then points of a Sobol sequence, fewer if other
searches have told some, then what expected improvement asks for: its logarithm (Ament et al. 2023) when nothing runs,
and the noisy one, which allows for the trials that run, otherwise. With trade-offs it is the noisy improvement of the
hypervolume that the Pareto front dominates (Daulton et al. 2021), by a surrogate of each objective. Failed trials lower
it near them by the probability that a point fails.

The surrogate compares distributions by Wasserstein distance, whatever their family; a family is a choice that the
optimiser of the acquisition function makes. Its hyperparameters are fitted again whenever there are a tenth more
outcomes, so that they follow from how many there are.

Whatever fails, a suggestion comes: with more noise, with the priors' hyperparameters, at last the next Sobol point.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import numpy as np
import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.models import SingleTaskGP
from threadpoolctl import threadpool_limits
from torch import Tensor

from searchsvc import acquisition, surrogate
from searchsvc.embedding import Embedding
from searchsvc.objectives import Objective
from searchsvc.strategies import _points, sobol
from searchsvc.strategies._points import PointStrategy, Proposal
from searchsvc.strategies.params.wasserstein_bo import Params
from searchsvc.strategy import Origin, Outcome, Pending, Prediction
from searchsvc.surrogate import Hyperparameters, Observations, Surrogate
from spaces.dimensions import Point, Space, decode, encode
from spaces.distribution_dimension import Distribution

DUPLICATE = 1e-3  # of the distance of two draws of the space: points nearer than this are the same
FAILURE_NOISE = 0.05  # variance of 0 and 1 for failed and other trials


class Job(_points.Job, Protocol):
    @property
    def strategy(self) -> Params: ...

    @property
    def objectives(self) -> Sequence[Objective]: ...

    def known(self) -> Sequence[Outcome]: ...


class Told(NamedTuple):
    """Points that have scores, and those scores, each with the values traded off; larger is better."""

    points: list[Point]
    scores: list[list[tuple[float, ...]]]


class Strategy(PointStrategy):
    job: Job

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.embedding = Embedding(job.space).eval()
        self.prior = prior_points(job.space, sobol.point(job.space, job.seed, 0))
        known = {frozenset(outcome.point.items()) for outcome in job.known()}
        initial = job.strategy.initial or min(10, max(2, job.total_trials() // job.seeds // 4))
        self.initial = len(self.prior) + max(0, initial - len(known))
        self._kept: dict[int, tuple[Sequence[Outcome], Hyperparameters]] = {}  # by objective

    def origin(self, index: int) -> Origin:
        if index < len(self.prior):
            return "prior"
        return "sobol" if index < self.initial else "model"

    def propose(self, index: int, outcomes: Sequence[Outcome], pending: Pending) -> Proposal:
        if index < len(self.prior):
            return Proposal(self.prior[index])
        even = sobol.point(self.job.space, self.job.seed, index - len(self.prior))
        if self.origin(index) == "sobol":
            return Proposal(even)
        try:
            with one_thread(), warnings.catch_warnings(action="ignore"):  # of jitter, and line searches that end early
                return self._best(index, outcomes, pending, even)
        except Exception as error:  # whatever it is, it must not end the search
            return Proposal(even, health=f"no surrogate: {type(error).__name__}: {error}")

    def _best(self, index: int, outcomes: Sequence[Outcome], pending: Pending, even: Point) -> Proposal:
        told = self._told(outcomes)
        if len(told.points) < 2:
            return Proposal(even, health="no surrogate yet: too few trials have ended well")
        first, *others = self._varying(told)
        observed = self._observations(told, first)
        found = self._hyperparameters(outcomes, first)
        fast = Surrogate(observed, found, *self._kernel)
        running = self.embedding.embed([point for _, point in sorted(pending.items())])
        seed = self.job.seed + index
        expected = fast.posterior(observed.x)[0]
        inner: AcquisitionFunction = acquisition.LogExpectedImprovement(fast, expected.max())
        if others:
            models = [self._model(told, outcomes, objective) for objective in (first, *others)]
            inner = acquisition.log_noisy_hypervolume_improvement(models, observed.x, running, seed)
        elif pending:
            leading = expected.argsort(descending=True, stable=True)[: acquisition.BASELINE]
            inner = acquisition.LogNoisyExpectedImprovement(fast, torch.cat([observed.x[leading], running]), seed)
        best = np.argsort(-observed.y, kind="stable")[: acquisition.BEST]
        start = acquisition.coordinates(self.job.space, [told.points[i] for i in best])
        improvement = acquisition.Embedded(inner, self.embedding, self._failure(outcomes, found), start)
        u = acquisition.optimise(improvement, self.job.space, seed)
        point = decode(self.job.space, u.tolist())
        if self._is_known(point, torch.cat([observed.x, running])):
            point = even
        if first:
            return Proposal(point, health=found.health)  # all scores are equal so far
        mean, sd = fast.posterior(self.embedding.embed([point]))
        score = self.job.objectives[0].sign * (found.offset + found.unit * mean.item())
        return Proposal(point, Prediction(score, found.unit * sd.item()), found.health)

    def _varying(self, told: Told) -> list[int]:
        """The objectives that some points are better in than others; nothing can be traded off against the rest."""
        values = zip(*(values for found in told.scores for values in found), strict=True)
        return [objective for objective, column in enumerate(values) if len(set(column)) > 1] or [0]

    @property
    def _kernel(self) -> tuple[list[int], str]:
        return self.embedding.columns, self.job.strategy.nu

    def _told(self, outcomes: Sequence[Outcome]) -> Told:
        signs = [objective.sign for objective in self.job.objectives]
        scores: dict[frozenset[tuple[str, object]], tuple[Point, list[tuple[float, ...]]]] = {}
        for outcome in outcomes:
            if outcome.score is not None:
                _, found = scores.setdefault(frozenset(outcome.point.items()), (outcome.point, []))
                values = (outcome.score, *outcome.tradeoffs)
                found.append(tuple(sign * value for sign, value in zip(signs, values, strict=True)))
        return Told([point for point, _ in scores.values()], [found for _, found in scores.values()])

    def _observations(self, told: Told, objective: int = 0) -> Observations:
        scores = [[values[objective] for values in found] for found in told.scores]
        return surrogate.observe(self.embedding.embed(told.points), scores)

    def _hyperparameters(self, outcomes: Sequence[Outcome], objective: int = 0) -> Hyperparameters:
        """Fitted to as many of the first outcomes as `refit` says; kept, since the next question may need the same."""
        first = tuple(outcomes[: refit(len(outcomes))])
        kept = self._kept.get(objective)
        if kept is None or kept[0] != first:
            observed = self._observations(self._told(first), objective)
            self._kept[objective] = kept = first, surrogate.fit(observed, *self._kernel)
        return kept[1]

    def _model(self, told: Told, outcomes: Sequence[Outcome], objective: int) -> SingleTaskGP:
        found = self._hyperparameters(outcomes, objective)
        return surrogate.model(self._observations(told, objective), found, *self._kernel)

    def _failure(self, outcomes: Sequence[Outcome], found: Hyperparameters) -> Surrogate | None:
        """Of 0 where trials failed and 1 elsewhere, alike where scores are alike; None if none failed."""
        ended = np.array([float(outcome.score is not None) for outcome in outcomes])
        if ended.all():
            return None
        x = self.embedding.embed([outcome.point for outcome in outcomes])
        plain = Hyperparameters(found.lengthscale, 0.25, FAILURE_NOISE, 1.0, 0.0, 1.0, found.health)
        return Surrogate(Observations(x, ended, np.ones_like(ended), 0.0), plain, *self._kernel)

    def _is_known(self, point: Point, known: Tensor) -> bool:
        x = self.embedding.embed([point])
        return bool(torch.cdist(x, known).min() < DUPLICATE)


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums depend on how many threads share them, and what is largest may depend on a sum's last digit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def refit(outcomes: int) -> int:
    """How many of the first outcomes the hyperparameters are fitted to: a tenth more each time.

    >>> [refit(n) for n in (2, 9, 19, 20, 21, 22, 300)]
    [2, 9, 19, 20, 20, 22, 284]
    """
    fitted = 1
    while (more := fitted + max(1, fitted // 10)) <= outcomes:
        fitted = more
    return fitted


def prior_points(space: Space, rest: Point) -> list[Point]:
    """The measured samples of every distribution, then what is nearest to them in the space; `rest` says the others."""
    measured = {
        name: dimension.prior_samples for name, dimension in space.items() if isinstance(dimension, Distribution)
    }
    count = max(map(len, measured.values()), default=0)
    points = [{**rest, **{name: sets[i] for name, sets in measured.items() if i < len(sets)}} for i in range(count)]
    return points + [decode(space, encode(space, point)) for point in points]
