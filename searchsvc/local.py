"""A whole search in one process, without Ray and SQL: for tests, notebooks and a first look at a strategy.

>>> import searchsvc.local
>>> spec = {"kind": "neuron_placement", "task": "digits", "seeds": 1, "budget": {"trials": 4},
...         "neurons": ["lif", "slif"], "network": {"name": "vgg", "channels": [4], "strides": [2]},
...         "training": {"epochs": 1}, "strategy": {"epochs": 1}, "confirm": 1}
>>> found = searchsvc.local.run(spec)
>>> *trials, again = found.trials
>>> [trial.label for trial in trials], again.is_confirming
(['super network', 'all LIF', 'all SLIF'], True)
>>> [sample.label for sample in found.leaderboard() if sample.is_searched]  # a network of one layer is uniform
['all SLIF']
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch

from searchsvc import extras
from spaces.body import External
from spaces.configuration import Configuration
from spaces.errors import ConflictError, UserError

with extras.explained():
    from searchsvc import baselines, kinds, pictures
    from searchsvc.kinds import BaseJob
    from searchsvc.local_source import LocalSource
    from searchsvc.metrics import catalog
    from searchsvc.metrics.names import fresh, parted
    from searchsvc.metrics.objectives import Goal
    from searchsvc.strategy import Asked, Candidate, Outcome, Sample, Strategy, Suggestion, alphas, average
    from searchsvc.training.report import Report, Result
    from searchsvc.training.trials import train
    from searchsvc.verdict import confirmation, significance
    from searchsvc.written import fields

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class LocalTrial:
    suggestion: Suggestion
    result: Result
    is_confirming: bool = False  # a leader, on a fresh seed
    reports: Sequence[Report] = ()  # of its epochs
    started: float = 0.0  # in seconds since 1970
    finished: float = 0.0

    @property
    def label(self) -> str:
        return self.suggestion.candidate.label

    @property
    def phase(self) -> str:
        return "confirm" if self.is_confirming else self.suggestion.candidate.phase


@dataclass(frozen=True)
class LocalSearch:
    trials: list[LocalTrial]
    conclusion: dict[str, Any] | None
    goal: Goal = field(default_factory=Goal)
    names: Mapping[str, str] = field(default_factory=dict)  # further labels, each with the label of its candidate
    seeds: int = 1  # of a candidate whose strategy says nothing else
    job: BaseJob | None = None  # that was carried out

    def samples(self) -> list[Sample]:
        """Scores of every candidate that ranks, in the order of their first trials."""
        found: dict[Candidate, list[LocalTrial]] = {}
        for trial in self.trials:
            candidate = trial.suggestion.candidate
            if candidate.phase == "retrain":
                found.setdefault(candidate, []).append(trial)
        return [self._sample(candidate, trials) for candidate, trials in found.items()]

    def leaderboard(self) -> list[Sample]:
        """Candidates, best mean of the objective first; those that violate a constraint behind."""
        sign = self.goal.objective.sign
        metric = self.goal.objective.metric

        def place(one: Sample) -> tuple[bool, float]:
            return bool(self.goal.violations(one.means)), -sign * one.means.get(metric, one.mean)

        return sorted(self.samples(), key=place)

    def _sample(self, candidate: Candidate, trials: list[LocalTrial]) -> Sample:
        metric, config = self.goal.objective.metric, candidate.body
        every = [trial.result.metrics for trial in trials if not trial.is_confirming]
        again = [trial.result.metrics for trial in trials if trial.is_confirming]
        kept = {name: m for name, m in _means(again).items() if parted(name)[1] or name == metric}
        means = _means(every) | {fresh(name): m for name, m in kept.items()}
        scores, confirmed = (tuple(one[metric] for one in found) for found in (every, again))
        aliases = tuple(alias for alias, label in self.names.items() if label == candidate.label)
        seeds = next((t.suggestion.seeds for t in reversed(trials) if t.suggestion.seeds is not None), self.seeds)
        about = scores, config.model_dump(mode="json"), means, confirmed, aliases, seeds
        return Sample(candidate.label, candidate.origin, *about)

    def best(self) -> Configuration:
        """The first configuration of the leaderboard that has all its seeds.

        Raises:
            ConflictError: it violates a constraint, so all do; or there is none.
        """
        complete = [sample for sample in self.leaderboard() if sample.is_complete]
        if not complete:
            raise ConflictError("best: no candidate has a result for each of its seeds; see the leaderboard")
        first = complete[0]
        if violated := self.goal.violations(first.means):
            raise ConflictError(f"best: even {first.label} violates {', '.join(violated)}; relax the constraint")
        label = first.label
        return next(_configuration(trial.suggestion) for trial in self.trials if trial.label == label)

    def figures(self) -> list[dict[str, Any]]:
        """The pictures that apply to it: kind, title, and `of`, what each can be drawn of."""
        return [{**asdict(offer), "of": list(offer.of)} for offer in pictures.offers("search", self._source())]

    def plot(self, kind: str, of: str = "") -> "go.Figure":
        """A picture of `kind`; without `of` the first that there is to choose."""
        return pictures.draw("search", self._source(), kind, of)

    def _source(self) -> LocalSource:
        assert self.job, "a search that was not run has no pictures"
        return LocalSource(self, self.job)


@extras.explained()
def run(spec: Any, report: Callable[[int, Report], None] = lambda trial, report: None) -> LocalSearch:
    """Carry out the search of a specification; `report` sees every epoch of every trial.

    It is a mapping, a model of `searchsvc.specifications`, or the path of a file.

    The same specification gives the same results here and in the service.

    Raises:
        UserError: naming every wrong field.
    """
    job = kinds.read(fields(spec))
    if job.to_json().get("warm_start"):
        raise UserError("warm_start: got ids, which a service knows; without one give what they found as observations")
    strategy = baselines.strategy(job)
    with _threads(job.threads), TemporaryDirectory() as folder:
        trainer = _Trainer(Path(folder), report)
        trials, names = _run(strategy, job, trainer)
        trials += _confirm(LocalSearch(trials, None, job.goal, seeds=job.seeds), job, trainer)
    seconds = {phase: _seconds(trials, phase) for phase in ("search", "retrain")}
    samples = LocalSearch(trials, None, job.goal, names, job.seeds).samples()
    verdict = significance.conclude(job, samples, seconds["search"], seconds["retrain"])
    return LocalSearch(trials, verdict, job.goal, names, job.seeds, job)


@dataclass(frozen=True)
class _Trainer:
    """Trains one suggestion after the other, and keeps what each has learned, since others may start from it."""

    folder: Path
    report: Callable[[int, Report], None]

    def train(self, number: int, suggestion: Suggestion) -> LocalTrial:
        """Trial `number`."""
        reports: list[Report] = []
        started = time.time()

        def seen(step: Report) -> None:
            reports.append(step)
            self.report(number, step)

        start = suggestion.start_from
        weights = None if start is None else safetensors.torch.load_file(self.folder / str(start))
        network, result = train(_configuration(suggestion), suggestion.seed, report=seen, weights=weights)
        safetensors.torch.save_file(network.state_dict(), self.folder / str(number))
        return LocalTrial(suggestion, result, reports=reports, started=started, finished=time.time())


def _configuration(suggestion: Suggestion) -> Configuration:
    body = suggestion.candidate.body
    if isinstance(body, External):
        raise UserError(f"{suggestion.candidate.label}: only trainer {body.trainer} can run it; submit it to a service")
    return body


def _run(strategy: Strategy, job: BaseJob, trainer: _Trainer) -> tuple[list[LocalTrial], Mapping[str, str]]:
    """All trials but the confirming ones, and further labels of what they were of."""
    trials: list[LocalTrial] = []
    outcomes: list[Outcome] = []
    asked: list[Asked] = []
    while suggestion := strategy.suggest(asked, outcomes):
        number = len(asked)
        asked.append(Asked.of(number, suggestion))
        trial = trainer.train(number, suggestion)
        candidate, metrics = suggestion.candidate, trial.result.metrics
        catalog.check(metrics, [o.metric for o in job.objectives] if candidate.phase == "retrain" else ())
        score, tradeoffs = metrics.get(job.objective.metric), tuple(metrics[name] for name in job.tradeoffs)
        outcomes.append(Outcome(number, score, alphas(trial.reports[-1].architecture), candidate.point, tradeoffs))
        trials.append(trial)
    return trials, job.names(outcomes)


def _confirm(found: LocalSearch, job: BaseJob, trainer: _Trainer) -> list[LocalTrial]:
    """Trials of the leaders on fresh seeds, each begun as its candidate's first one."""
    firsts = {trial.label: trial.suggestion for trial in reversed(found.trials)}
    suggestions = [replace(firsts[label], seed=seed) for label, seed in confirmation.repeats(job, found.samples())]
    trials = []
    for number, suggestion in enumerate(suggestions, len(found.trials)):
        trials.append(replace(trainer.train(number, suggestion), is_confirming=True))
    return trials


def _means(every: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: average([one[name] for one in every]) for name in every[0]} if every else {}


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Sums depend on how many threads share them, so as many as a worker of the service has."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _seconds(trials: list[LocalTrial], phase: str) -> float:
    return sum(t.result.metrics["seconds"] for t in trials if t.suggestion.candidate.phase == phase)
