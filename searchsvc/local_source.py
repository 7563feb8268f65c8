"""A search that ran in this process, as pictures see it (`searchsvc.pictures`)."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from searchsvc.kinds import BaseJob
from searchsvc.metrics import catalog
from searchsvc.metrics.estimate import estimate, pooled
from searchsvc.metrics.words import titled
from searchsvc.pictures import Alphas, Bar, Candidate, Complete, Layer, Learned, Scored
from searchsvc.strategies.wasserstein.insight import insight
from searchsvc.strategies.wasserstein.quantiles import at_nodes
from searchsvc.strategy import Outcome, Sample, alphas, average
from searchsvc.verdict.pooling import Pool, pool
from searchsvc.verdict.spread import spreads

if TYPE_CHECKING:
    from searchsvc.local import LocalSearch, LocalTrial


class LocalSource:
    """Its trials ran one after the other."""

    has_ended = True

    def __init__(self, search: "LocalSearch", job: BaseJob) -> None:
        self.search, self.job, self.trials = search, job, search.trials
        self.objective = job.objective.metric
        self.started = self.trials[0].started
        self.trial_count = len(self.trials)
        self.pictures, self.costs = job.pictures, job.costs
        self.dimensions = {name: dimension.type for name, dimension in job.dimensions.items()}

    @cached_property
    def insight(self) -> Mapping[str, Any]:
        ranked = [(n, trial) for n, trial in enumerate(self.trials) if trial.phase == "retrain"]
        outcomes = [
            Outcome(n, t.result.metrics[self.objective], point=t.suggestion.candidate.point, label=t.label)
            for n, t in ranked
        ]
        job: Any = self.job  # with dimensions it has all that this asks for
        return (insight(job, outcomes) or {}) if self.dimensions else {}

    @cached_property
    def pool(self) -> Pool | None:
        return pool(spreads(self.search.samples()))

    def now(self) -> float:
        return self.trials[-1].finished

    def scores(self, phase: str = "retrain") -> list[Scored]:
        shown = [trial for trial in self.trials if trial.phase == phase]
        seeds = {sample.label: sample.seeds for sample in self.search.samples()}
        return [Scored(t.finished, t.result.metrics[self.objective], t.label, seeds[t.label]) for t in shown]

    def bars(self, most: int) -> list[Bar]:
        every = [Bar(None, n, t.label, t.phase, t.started, t.finished) for n, t in enumerate(self.trials)]
        return every[::-1][:most]

    def leaderboard(self, most: int = 20) -> list[Candidate]:
        found = self.search.leaderboard()[:most]
        best = next((s for s in found if s.is_complete and not self.search.goal.violations(s.means)), None)
        return [self._candidate(sample) for sample in sorted(found, key=lambda s: s is not best)]

    def baseline(self) -> Candidate | None:
        return next((self._candidate(s) for s in self.search.samples() if s.origin == "baseline"), None)

    def others(self) -> list[str]:
        samples = self.search.samples()
        measured = [name for name in catalog.beside() if all(name in s.means for s in samples)]
        names = [name for name in dict.fromkeys([*self.job.tradeoffs, *measured]) if name != self.objective]
        return [name for name in names if len({s.means[name] for s in samples if name in s.means}) > 1]

    def complete(self, metric: str) -> list[Complete]:
        kept = [s for s in self.search.leaderboard() if not self.search.goal.violations(s.means) and metric in s.means]
        return [
            Complete(titled(s.label, s.aliases), s.means[metric], s.mean, self._of(s.label)[-1].finished)
            for s in kept
            if len(s.scores) >= s.seeds
        ]

    def alphas(self) -> Alphas:
        for trial in self.trials:
            if trial.phase == "search":
                steps = {report.step: alphas(report.architecture) for report in trial.reports}
                neurons = trial.suggestion.candidate.body.model_dump()["neurons"][0]
                return [one["name"] for one in neurons["candidates"]], steps
        return [], {}

    def layers(self, candidate: Candidate) -> list[Layer]:
        costs: Any = self._of(candidate.label)[0].result.layers
        return [Layer(cost["layer"], cost["energy"], cost["firing_rate"]) for cost in costs]

    def learned(self, candidate: Candidate) -> Learned | None:
        first = self._of(candidate.label)[0]
        return Learned.of(first.suggestion.seed, first.reports[-1].architecture)

    def _of(self, label: str) -> list["LocalTrial"]:
        """The trials of a candidate that rank it, in their order."""
        return [trial for trial in self.trials if trial.label == label and trial.phase == "retrain"]

    def _candidate(self, sample: Sample) -> Candidate:
        own = self._of(sample.label)
        candidate = own[0].suggestion.candidate
        configuration = candidate.body.model_dump(mode="json")
        return Candidate(
            number=1 + list(dict.fromkeys(trial.label for trial in self.trials)).index(sample.label),
            label=sample.label,
            aliases=sample.aliases,
            configuration=configuration,
            means={name: self._mean(sample.label, name) for name in own[0].result.metrics},
            values=self.job.coordinates(configuration),
            quantiles=at_nodes(candidate.point),
        )

    def _mean(self, label: str, name: str) -> tuple[float, float | None]:
        """Over seeds, with its interval: the objective's by the variance of all candidates, if it may be pooled."""
        values = [trial.result.metrics[name] for trial in self._of(label)]
        mean = average(values)
        found = estimate(len(values), mean, sum((value - mean) ** 2 for value in values))
        if name == self.objective and self.pool and label not in self.pool.left_out:
            found = pooled(found, self.pool.deviation, self.pool.freedom)
        return found.mean, found.ci95
