"""A few candidates side by side, of one search or of several."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from searchsvc.metrics.estimate import Estimate
from searchsvc.metrics.names import current
from searchsvc.store.control import archives
from searchsvc.store.control.searches import get
from searchsvc.store.tables import Candidate, LayerCost, Report, Search, Trial
from searchsvc.store.views import finding, means, pictures, trials
from spaces.errors import NotFoundError, UserError, got

LEAST, MOST = 2, 6
RUNS = 10  # of a candidate, whose curves are drawn
LETTERS = "ABCDEF"

Chosen = tuple[UUID, int]  # search, number of the candidate
Runs = dict[str, list[list[float]]]  # by candidate, of each trial a value a step


@dataclass(frozen=True)
class Compared:
    """A candidate, called by a letter, since labels are unique within a search alone."""

    letter: str
    search: Search
    candidate: Candidate
    metrics: dict[str, Estimate]

    @property
    def name(self) -> str:
        return f"{self.letter}: {self.candidate.title}"

    @property
    def objective(self) -> str:
        return self.search.goal.objective.metric


def read(session: Session, values: Sequence[str]) -> list[Chosen]:
    """Which candidates are meant, each as search:candidate: its number or its name.

    Raises:
        UserError: they are too few or too many, one comes twice, or one is malformed.
    """
    if not LEAST <= len(values) <= MOST:
        raise UserError(
            f"candidate: got {len(values)} of them; give {LEAST} to {MOST}, each as candidate=<search>:<number or name>"
        )
    chosen = [_read(session, value) for value in values]
    for i, one in enumerate(chosen):
        if one in chosen[:i]:
            raise UserError(f"candidate: got {one[0]}:{one[1]} twice; give each once")
    return chosen


def _read(session: Session, value: str) -> Chosen:
    search, _, name = value.rpartition(":")
    if not (search and name):
        raise UserError(f"candidate: got {got(value)}; give <search>:<number or name>, as the leaderboard says it")
    search_id = finding.search_id(session, search)
    get(session, search_id)
    return search_id, finding.candidate(session, search_id, name).number


def candidates(session: Session, chosen: Sequence[Chosen]) -> list[Compared]:
    """Them, in this order. What the test part says of a search is known when it has ended.

    Raises:
        NotFoundError: there is no such search, or it has no such candidate.
    """
    return [_candidate(session, letter, *one) for letter, one in zip(LETTERS, chosen, strict=False)]


def _candidate(session: Session, letter: str, search_id: UUID, number: int) -> Compared:
    search = get(session, search_id)
    query = select(Candidate).where(Candidate.search_id == search_id, Candidate.number == number)
    candidate = session.scalars(query).one_or_none()
    if candidate is None:
        raise NotFoundError(f"candidate: got number {number}, which search {search_id} has not; see its leaderboard")
    metrics = means.estimates(session, [candidate.id])[candidate.id]
    return Compared(letter, search, candidate, means.told(search, candidate.label, metrics))


def curves(
    session: Session, compared: Sequence[Compared], metric: str = ""
) -> tuple[str, dict[str, list[list[float]]]]:
    """The name of the metric, and its values by step, of each trial of each candidate, by the candidate's name.

    Without one the objective's, where every candidate has it, else the first that all have.

    Raises:
        GoneError: a search's reports were archived.
        NotFoundError: not every candidate has reported this metric.
    """
    found = {one.name: _reports(session, one) for one in compared}
    shared = [name for name in _reported(found) if all(_has(runs, name) for runs in found.values())]
    preferred = compared[0].search.goal.objective.metric
    metric = current(metric)
    chosen = metric or (preferred if preferred in shared or not shared else shared[0])
    if metric and metric not in shared:
        raise NotFoundError(
            f"of: got {got(metric)}; what all of these candidates report is {', '.join(shared) or 'nothing'}"
        )
    return chosen, {
        name: [[report.measured[chosen] for report in run if chosen in report.measured] for run in runs]
        for name, runs in found.items()
    }


def steps(session: Session, compared: Sequence[Compared]) -> int:
    """That the longest of their trials will report."""
    own = Trial.candidate_id.in_([one.candidate.id for one in compared])
    return session.scalars(select(func.max(Trial.steps)).where(own)).one() or 0


def _reports(session: Session, one: Compared) -> list[list[Report]]:
    archives.check_here(session, one.search.id, "report")
    own = select(Trial).where(Trial.candidate_id == one.candidate.id, Trial.phase != "confirm")
    first = session.scalars(own.order_by(Trial.number).limit(RUNS)).all()
    return [list(trials.reports(session, trial)) for trial in first]


def _reported(found: dict[str, list[list[Report]]]) -> list[str]:
    return list(dict.fromkeys(name for runs in found.values() for run in runs for r in run for name in r.measured))


def _has(runs: list[list[Report]], name: str) -> bool:
    return any(name in report.measured for run in runs for report in run)


def dimensions(compared: Sequence[Compared]) -> list[str]:
    """The distributions that at least two of them draw from."""
    names = dict.fromkeys(name for one in compared for name in one.candidate.quantiles or {})
    return [name for name in names if sum(name in (one.candidate.quantiles or {}) for one in compared) >= LEAST]


def distributions(compared: Sequence[Compared], name: str) -> tuple[dict[str, list[float]], dict[str, float]]:
    """By candidate the quantiles of the dimension `name` at `spaces.distributions.nodes`, and the objective's mean.

    Scores are given where all share an objective: a colour that means two things says nothing.
    """
    drawn = [one for one in compared if name in (one.candidate.quantiles or {})]
    alike = len({one.objective for one in drawn}) == 1
    scores = {one.name: one.metrics[one.objective].mean for one in drawn if alike and one.objective in one.metrics}
    return {one.name: (one.candidate.quantiles or {})[name] for one in drawn}, scores


def layers(session: Session, compared: Sequence[Compared]) -> dict[str, Sequence[LayerCost]]:
    """What the layers of each candidate cost, from the input, in its first trial that has ended well."""
    first = {one.name: trials.first_done(session, one.candidate.id) for one in compared}
    return {name: pictures.layers(session, trial.id) if trial else () for name, trial in first.items()}
