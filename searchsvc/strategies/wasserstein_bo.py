"""Bayesian optimisation over distributions and ordinary parameters together (HRSNN, after Snoek et al. 2012).

First the measured samples that the space may name (`prior_samples`), then points of a Sobol sequence, fewer if other
searches have told some, then what expected improvement asks for: its logarithm (Ament et al. 2023) when nothing runs,
and the noisy one, which allows for the trials that run, otherwise. With trade-offs it is the noisy improvement of the
hypervolume that the Pareto front dominates (Daulton et al. 2021), by a surrogate of each objective. Failed trials lower
it near them by the probability that a point fails.

The surrogate compares distributions by Wasserstein distance, whatever their family; a family is a choice that the
optimiser of the acquisition function makes. Its hyperparameters are fitted again whenever there are a tenth more
outcomes, so that they follow from how many there are.

No point is asked for that is known, runs or has run. Of a finite space that is small the best of all others is taken.

Whatever fails, a suggestion comes: with more noise, with the priors' hyperparameters, at last the next Sobol point.
"""

import warnings
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import numpy as np
import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.models import SingleTaskGP
from threadpoolctl import threadpool_limits
from torch import Tensor

from searchsvc.metrics.objectives import Objective
from searchsvc.strategies import _points, _sequence
from searchsvc.strategies._points import PointStrategy, Proposal, rest
from searchsvc.strategies.params.wasserstein_bo import Params
from searchsvc.strategies.wasserstein import acquisition, process
from searchsvc.strategies.wasserstein.embedding import Embedding
from searchsvc.strategies.wasserstein.process import Hyperparameters, Observations, Surrogate
from searchsvc.strategy import Outcome, Prediction
from spaces.identity import Identity, identity
from spaces.space.dimensions import Point, Space, decode, encode, size
from spaces.space.distribution import Distribution

DUPLICATE = 1e-3  # of the distance of two draws of the space: points nearer than this are the same
LISTED = 1000  # points of a finite space, of which each is looked at
FAILURE_NOISE = 0.05  # variance of 0 and 1 for failed and other trials


class Job(_points.Job, Protocol):
    @property
    def strategy(self) -> Params: ...

    @property
    def objectives(self) -> Sequence[Objective]: ...

    @property
    def taken(self) -> Set[Identity]: ...

    def known(self) -> Sequence[Outcome]: ...


class Scored(NamedTuple):
    """Points that have scores, and those scores, each with the values traded off; larger is better."""

    points: list[Point]
    scores: list[list[tuple[float, ...]]]


class Strategy(PointStrategy):
    job: Job

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.embedding = Embedding(job.space).eval()
        self.prior = self._unknown(prior_points(job.space, next(_sequence.points(job.space, job.seed, 0))))
        known = {identity(outcome.point) for outcome in job.known()}
        initial = job.strategy.initial or min(10, max(2, (job.points + 1) // 4))
        self.initial = len(self.prior) + max(0, initial - len(known))
        self._kept: dict[int, tuple[Sequence[Outcome], Hyperparameters]] = {}  # by objective

    def origin(self, index: int) -> str:
        if index < len(self.prior):
            return "prior"
        return "sobol" if index < self.initial else "model"

    def propose(self, index: int, outcomes: Sequence[Outcome], running: Sequence[Point]) -> Proposal:
        if index < len(self.prior):
            return Proposal(self.prior[index])
        taken = self.taken(outcomes, running)
        drawn = _sequence.points(self.job.space, self.job.seed, index - len(self.prior))
        even = self.fresh(drawn, taken, index)
        if self.origin(index) == "sobol":
            return Proposal(even)
        try:
            with one_thread(), warnings.catch_warnings(action="ignore"):  # of jitter, and line searches that end early
                return self._best(index, outcomes, running, taken, even)
        except Exception as error:  # whatever it is, it must not end the search
            return Proposal(even, health=f"no surrogate: {type(error).__name__}: {error}")

    def _unknown(self, points: Sequence[Point]) -> list[Point]:
        """Each once, without those that are known."""
        if self.job.counts_copies:
            return list(points)
        return [point for found, point in {identity(p): p for p in points}.items() if found not in self.job.taken]

    def _best(
        self, index: int, outcomes: Sequence[Outcome], running: Sequence[Point], taken: Set[Identity], even: Point
    ) -> Proposal:
        scored = self._scored(outcomes)
        if len(scored.points) < 2:
            return Proposal(even, health="no surrogate yet: too few trials have ended well")
        first, *others = self._varying(scored)
        observed = self._observations(scored, first)
        found = self._hyperparameters(outcomes, first)
        fast = Surrogate(observed, found, *self._kernel)
        x_running = self.embedding.embed(running)
        seed = self.job.seed + index
        expected = fast.posterior(observed.x)[0]
        inner: AcquisitionFunction = acquisition.LogExpectedImprovement(fast, expected.max())
        if others:
            models = [self._model(scored, outcomes, objective) for objective in (first, *others)]
            inner = acquisition.log_noisy_hypervolume_improvement(models, observed.x, x_running, seed)
        elif running:
            leading = expected.argsort(descending=True, stable=True)[: acquisition.BASELINE]
            inner = acquisition.LogNoisyExpectedImprovement(fast, torch.cat([observed.x[leading], x_running]), seed)
        best = np.argsort(-observed.y, kind="stable")[: acquisition.BEST]
        start = acquisition.coordinates(self.job.space, [scored.points[i] for i in best])
        improvement = acquisition.Embedded(inner, self.embedding, self._failure(outcomes, found), start)
        point = self._largest(improvement, seed, taken)
        if identity(point) in taken or self._is_near(point, torch.cat([observed.x, x_running])):
            point = even
        health = process.health(found, observed, *(self._observations(scored, objective) for objective in others))
        if first:
            return Proposal(point, health=health)  # all scores are equal so far
        mean, sd = fast.posterior(self.embedding.embed([point]))
        score = self.job.objectives[0].sign * (found.offset + found.unit * mean.item())
        return Proposal(point, Prediction(score, found.unit * sd.item()), health)

    def _largest(self, improvement: acquisition.Embedded, seed: int, taken: Set[Identity]) -> Point:
        space = self.job.space
        if self.job.counts_copies or (size(space) or LISTED + 1) > LISTED:
            return decode(space, acquisition.optimise(improvement, space, seed).tolist())
        others = rest(space, taken)
        with torch.no_grad():
            values = improvement(acquisition.coordinates(space, others)[:, None])
        return others[int(values.argmax())]

    def _varying(self, scored: Scored) -> list[int]:
        """The objectives that some points are better in than others; nothing can be traded off against the rest."""
        values = zip(*(values for found in scored.scores for values in found), strict=True)
        return [objective for objective, column in enumerate(values) if len(set(column)) > 1] or [0]

    @property
    def _kernel(self) -> tuple[list[int], str]:
        return self.embedding.columns, self.job.strategy.nu

    def _scored(self, outcomes: Sequence[Outcome]) -> Scored:
        signs = [objective.sign for objective in self.job.objectives]
        scores: dict[Identity, tuple[Point, list[tuple[float, ...]]]] = {}
        for outcome in outcomes:
            if outcome.score is not None:
                _, found = scores.setdefault(identity(outcome.point), (outcome.point, []))
                values = (outcome.score, *outcome.tradeoffs)
                found.append(tuple(sign * value for sign, value in zip(signs, values, strict=True)))
        return Scored([point for point, _ in scores.values()], [found for _, found in scores.values()])

    def _observations(self, scored: Scored, objective: int = 0) -> Observations:
        scores = [[values[objective] for values in found] for found in scored.scores]
        return process.observe(self.embedding.embed(scored.points), scores)

    def _hyperparameters(self, outcomes: Sequence[Outcome], objective: int = 0) -> Hyperparameters:
        """Fitted to as many of the first outcomes as `refit` says; kept, since the next question may need the same."""
        first = tuple(outcomes[: refit(len(outcomes))])
        kept = self._kept.get(objective)
        if kept is None or kept[0] != first:
            observed = self._observations(self._scored(first), objective)
            self._kept[objective] = kept = first, process.fit(observed, *self._kernel)
        return kept[1]

    def _model(self, scored: Scored, outcomes: Sequence[Outcome], objective: int) -> SingleTaskGP:
        found = self._hyperparameters(outcomes, objective)
        return process.model(self._observations(scored, objective), found, *self._kernel)

    def _failure(self, outcomes: Sequence[Outcome], found: Hyperparameters) -> Surrogate | None:
        """Of 0 where trials failed and 1 elsewhere, alike where scores are alike; None if none failed."""
        well = {outcome.number for outcome in outcomes if outcome.score is not None}
        outcomes = [o for o in outcomes if o.score is not None or o.number not in well]  # not what was tried again
        ended = np.array([float(outcome.score is not None) for outcome in outcomes])
        if ended.all():
            return None
        x = self.embedding.embed([outcome.point for outcome in outcomes])
        plain = Hyperparameters(found.lengthscale, 0.25, FAILURE_NOISE, 1.0, 0.0, 1.0, found.health)
        return Surrogate(Observations(x, ended, np.ones_like(ended), 0.0), plain, *self._kernel)

    def _is_near(self, point: Point, known: Tensor) -> bool:
        """Whether a point of a continuum is as good as the same as one of these."""
        if size(self.job.space) is not None and not self.job.counts_copies:
            return False
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
