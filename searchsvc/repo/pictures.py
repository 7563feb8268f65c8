"""What pictures of a search are drawn from, beside leaderboards; of very many rows the first or latest are read."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from searchsvc.db import now
from searchsvc.drawing import DRAWN
from searchsvc.models import Candidate, CandidateMetric, LayerCost, Search, Trial
from searchsvc.objectives import COSTS, SCORES, Goal
from searchsvc.plots import AXES, Bar, Layer, Mean, Scored
from searchsvc.repo import boards, ranking
from spaces import nodes

LEADING = "leading"


def scores(session: Session, search_id: UUID, phase: str = "retrain") -> list[Scored]:
    """Time, score and candidate of every trial of a phase that ended well, in the order in which they were told."""
    query = select(Trial.finished, Trial.score, Candidate.label).join(Candidate, Candidate.id == Trial.candidate_id)
    query = query.where(Trial.search_id == search_id, Trial.tell_no.is_not(None), Trial.phase == phase)
    return [(time or 0.0, score or 0.0, label) for time, score, label in session.execute(query.order_by(Trial.tell_no))]


def bars(session: Session, search: Search) -> tuple[list[Bar], float]:
    """The latest trials on their workers, without those that wait to go on, and the time of the database."""
    query = select(Trial, Candidate.label).join(Candidate, Candidate.id == Trial.candidate_id)
    query = query.where(Trial.search_id == search.id, Trial.started.is_not(None), Trial.state != "pending").order_by(
        Trial.number.desc()
    )
    rows = session.execute(query.limit(DRAWN)).all()
    found = [
        Bar(trial.worker, trial.number, label, _what(trial), trial.started or 0.0, trial.finished)
        for trial, label in rows
    ]
    return found, session.scalar(select(now())) or 0.0


def _what(trial: Trial) -> str:
    return trial.phase if trial.state == "done" else trial.state


def other_metrics(session: Session, search: Search) -> list[str]:
    """What its candidates differ in beside the objective: what it trades off first; before any, that alone."""
    goal, wanted = Goal.of(search.spec), list(search.spec.get("tradeoffs", ()))
    rows, _ = boards.leaderboard(session, search.id, limit=1)
    measured = [name for row in rows for name in (*COSTS, *SCORES) if name in row.metrics]
    names = [name for name in dict.fromkeys([*wanted, *measured]) if name != goal.objective.metric]
    return [name for name in names if _varies(session, search.id, name)]


def _varies(session: Session, search_id: UUID, metric: str) -> bool:
    """Candidates differ in it, or none has it yet; two reads of an index."""
    name, _, split = metric.partition("/")
    query = select(CandidateMetric.mean).where(CandidateMetric.search_id == search_id)
    query = query.where(CandidateMetric.metric == name, CandidateMetric.split == split)
    ends = [session.scalar(query.order_by(by).limit(1)) for by in (CandidateMetric.mean, CandidateMetric.mean.desc())]
    return ends[0] is None or ends[0] != ends[1]


def pairs(session: Session, search: Search, metric: str) -> list[tuple[str, float, float]]:
    """Candidates with all their seeds that keep every constraint, best first: label, mean of `metric`, score."""
    return [(label, cost, score) for _, label, cost, score in _pairs(session, search, metric)]


def timed_pairs(session: Session, search: Search, metric: str) -> list[tuple[float, float, float]]:
    """The same in the order in which they had all their seeds: when, mean of `metric`, score."""
    query = select(Trial.candidate_id, func.max(Trial.finished))
    query = query.where(Trial.search_id == search.id, Trial.state == "done", Trial.phase == "retrain")
    times = {number: time or 0.0 for number, time in session.execute(query.group_by(Trial.candidate_id))}
    found = [(times[number], cost, score) for number, _, cost, score in _pairs(session, search, metric)]
    return sorted(found)


def _pairs(session: Session, search: Search, metric: str) -> Sequence[tuple[int, str, float, float]]:
    name, _, split = metric.partition("/")
    goal, other = Goal.of(search.spec), aliased(CandidateMetric)
    kept = ranking.groups(search.id, goal, seeds=search.spec["seeds"])[0].subquery()
    query = select(kept.c.candidate_id, Candidate.label, other.mean, kept.c.mean)
    query = query.join(Candidate, Candidate.id == kept.c.candidate_id)
    query = query.join(other, other.candidate_id == kept.c.candidate_id)
    query = query.where(other.metric == name, other.split == split)
    order = kept.c.mean.desc() if goal.objective.direction == "max" else kept.c.mean
    return session.execute(query.order_by(order, kept.c.candidate_id)).all()


def degrees(session: Session, search: Search) -> tuple[dict[str, dict[int, Mean]], dict[str, Mean]]:
    """Means and half-widths of a degree sweep: of LNMs by bounding (and surrogate) and degree; of LIF baselines."""
    lines: dict[str, dict[int, Mean]] = {}
    baselines: dict[str, Mean] = {}
    metric = Goal.of(search.spec).objective.metric
    for row in sorted(_best(session, search), key=lambda row: row.candidate.number):
        estimate, neuron = row.metrics[metric], row.candidate.configuration["neurons"][0]
        mean = estimate.mean, estimate.ci95
        if neuron["name"] == "lnm":
            lines.setdefault(row.candidate.label.partition(", ")[2], {})[neuron["degree"]] = mean
        else:
            baselines[row.candidate.label] = mean
    return lines, baselines


def coordinates(session: Session, search: Search) -> tuple[dict[str, list[float | str]], list[float], list[str]]:
    """Values of the best candidates by dimension, the most important first, or by layer; their scores and labels."""
    rows = _best(session, search)
    metric = Goal.of(search.spec).objective.metric
    values = [_values(search, row) for row in rows]
    ranks = {one["name"]: -one["mean"] for one in (search.insight or {}).get("importance", ())}
    names = sorted(values[0] if values else (), key=lambda name: ranks.get(name.rpartition(" ")[0] or name, 0.0))
    columns = {name: [one[name] for one in values] for name in names}
    return columns, [row.metrics[metric].mean for row in rows], [row.candidate.label for row in rows]


def _best(session: Session, search: Search) -> list[boards.Row]:
    return boards.leaderboard(session, search.id, limit=DRAWN)[0]


def _values(search: Search, row: boards.Row) -> dict[str, float | str]:
    neurons = row.candidate.configuration["neurons"]
    if row.point:
        return _point(search.spec["space"], row)
    if search.kind == "polynomial_degree":
        neuron = neurons[0]
        swept = {"degree": str(neuron.get("degree", "LIF")), "bounding": neuron.get("bounding", "none")}
        return {**swept, "surrogate": neuron["surrogate"]["name"]}
    named = "layer {}" if len(neurons) <= AXES else "{}"
    return {named.format(i): neuron["name"].upper() for i, neuron in enumerate(neurons, 1)}


ROUNDING = 1e-9  # a Dirac's spread, of numbers that are equal but for their last places


def _point(space: Mapping[str, Any], row: boards.Row) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for name, value in row.point.items():
        if space[name]["type"] == "distribution":
            mean, sd = nodes.moments((row.candidate.quantiles or {})[name])
            cv = sd / abs(mean or 1.0)
            found |= {f"{name} mean": mean, f"{name} cv": cv if cv > ROUNDING else 0.0}
        else:
            found[name] = str(value) if space[name]["type"] == "categorical" else value
    return found


def layers(session: Session, trial_id: UUID) -> Sequence[LayerCost]:
    """What the layers of a trial's network cost, from the input; none before it has ended well."""
    query = select(LayerCost).where(LayerCost.trial_id == trial_id)
    return session.scalars(query.order_by(LayerCost.position)).all()


def layer_costs(session: Session, trial_id: UUID) -> list[Layer]:
    return [Layer(row.layer, row.energy, row.firing_rate) for row in layers(session, trial_id)]


def leaders(session: Session, search: Search, neuron: str = "") -> list[Candidate]:
    """The first candidates of the leaderboard; those with such a neuron, if one is named."""
    rows, _ = boards.leaderboard(session, search.id)
    return [row.candidate for row in rows if not neuron or neuron in boards.placement(row.candidate)]


def choices(candidates: Sequence[Candidate]) -> list[str]:
    """What a picture of one candidate can be of: of the leading one, whichever that is, or of one by its label."""
    return [LEADING, *(c.label for c in sorted(candidates, key=lambda c: c.number))] if candidates else []


def chosen(candidates: Sequence[Candidate], of: str) -> Candidate | None:
    """The candidate that such a choice means; None where there is none at all."""
    return next((candidate for candidate in candidates if of in (LEADING, candidate.label)), None)


def network_layers(session: Session, search: Search, of: str) -> dict[str, list[Layer]]:
    """The layers of the chosen candidate and of the first baseline beside it, each in its first trial, by label."""
    query = select(Candidate).where(Candidate.search_id == search.id, Candidate.origin == boards.BASELINE)
    baseline = session.scalars(query.order_by(Candidate.number).limit(1)).first()
    shown = [one for one in (chosen(leaders(session, search), of), baseline) if one]
    trials = {one.label: boards.first_done(session, one.id) for one in shown}
    return {label: layer_costs(session, trial.id) for label, trial in trials.items() if trial}
