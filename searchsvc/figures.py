"""Which pictures there are of a search and of a trial, which of them apply, and each drawn from its rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import plotly.graph_objects as go
from sqlalchemy.orm import Session

from searchsvc import plots
from searchsvc.jobs.polynomial_degree import KEPT
from searchsvc.models import Search, Trial
from searchsvc.objectives import Goal, Metric
from searchsvc.repo import archives, boards, distributions, pictures, polynomials
from searchsvc.repo.events import FINAL_STATES
from spaces.errors import GoneError, NotFoundError

Kind = Literal[
    "best-so-far",
    "alpha",
    "alpha-trajectories",
    "degrees",
    "polynomials",
    "distributions",
    "surrogate",
    "pareto",
    "hypervolume",
    "parallel",
    "importance",
    "layer-costs",
    "timeline",
]
TrialKind = Literal["curves", "layers"]
Row = TypeVar("Row", Search, Trial)


@dataclass(frozen=True)
class Picture(Generic[Row]):
    """A kind of picture: `of` lists what it can be drawn of, none if there is no choice; None if it does not apply."""

    title: str
    of: Callable[[Session, Row], Sequence[str] | None]
    draw: Callable[[Session, Row, str], go.Figure]


@dataclass(frozen=True)
class Offer:
    """A picture that applies."""

    kind: str
    title: str
    of: Sequence[str]


def offers(session: Session, row: Search | Trial) -> list[Offer]:
    """The pictures that apply to a search or trial."""
    listed = {kind: _of(session, row, picture) for kind, picture in _pictures(row).items()}
    return [Offer(kind, _pictures(row)[kind].title, of) for kind, of in listed.items() if of is not None]


def _of(session: Session, row: Search | Trial, picture: Picture[Any]) -> Sequence[str] | None:
    """As `Picture.of`; what is archived is not offered."""
    try:
        return picture.of(session, row)
    except GoneError:
        return None


def draw(session: Session, row: Search | Trial, kind: str, of: str = "") -> go.Figure:
    """A picture of a search or trial; without `of` the first that there is to choose.

    Raises:
        NotFoundError: it does not apply, or there is no such choice.
    """
    found = _pictures(row)
    allowed = found[kind].of(session, row) if kind in found else None
    noun = type(row).__name__.lower()
    if allowed is None:
        others = ", ".join(offer.kind for offer in offers(session, row))
        raise NotFoundError(f"figure: got {kind!r}, which this {noun} does not have; it has {others}")
    if of and of not in allowed:
        raise NotFoundError(f"of: got {of!r}; {kind} of this {noun} are {', '.join(allowed) or 'one: leave of out'}")
    return found[kind].draw(session, row, of or next(iter(allowed), ""))


def _pictures(row: Search | Trial) -> dict[str, Picture[Any]]:
    return OF_SEARCH if isinstance(row, Search) else OF_TRIAL


def _metric(search: Search) -> Metric:
    return Goal.of(search.spec).objective.metric


def _begun(search: Search) -> float:
    return search.started or search.created


def _always(session: Session, row: Search | Trial) -> Sequence[str]:
    return []


def _of_kind(*kinds: str) -> Callable[[Session, Search], Sequence[str] | None]:
    return lambda _, search: [] if search.kind in kinds else None


def _drawn_from(session: Session, search: Search) -> Sequence[str] | None:
    space = search.spec.get("space", {})
    return [name for name, dimension in space.items() if dimension["type"] == "distribution"] or None


def _insight(search: Search, name: str) -> Any:
    return (search.insight or {}).get(name)


def _directions(session: Session, search: Search) -> Sequence[str] | None:
    """What has been fitted; before the search's end also what will be."""
    fitted = list(_insight(search, "directions") or ())
    return fitted or (None if search.state in FINAL_STATES else _drawn_from(session, search))


def _importance(session: Session, search: Search) -> Sequence[str] | None:
    expected = "space" in search.spec and search.state not in FINAL_STATES
    return [] if expected or _insight(search, "importance") else None


def _others(session: Session, search: Search) -> Sequence[str] | None:
    return pictures.other_metrics(session, search) or None


def _networks(session: Session, search: Search) -> Sequence[str] | None:
    return None if "space" in search.spec else pictures.choices(pictures.leaders(session, search))


def _with_polynomials(session: Session, search: Search) -> Sequence[str] | None:
    if search.kind != "polynomial_degree":
        return None
    return pictures.choices(polynomials.candidates(session, search))


def _best_so_far(session: Session, search: Search, of: str) -> go.Figure:
    found = [pictures.scores(session, search.id, phase) for phase in ("retrain", "confirm")]
    return plots.best_so_far(_begun(search), found[0], search.spec["seeds"], _metric(search), found[1])


def _alpha(session: Session, search: Search, of: str) -> go.Figure:
    return plots.alpha_heat_map(*boards.latest_architecture(session, search.id))


def _trajectories(session: Session, search: Search, of: str) -> go.Figure:
    return plots.alpha_trajectories(*boards.latest_architecture(session, search.id))


def _degrees(session: Session, search: Search, of: str) -> go.Figure:
    return plots.degrees(*pictures.degrees(session, search), _metric(search))


def _polynomials(session: Session, search: Search, of: str) -> go.Figure:
    return plots.polynomials(*polynomials.learned(session, search, of), lif=KEPT)


def _distributions(session: Session, search: Search, of: str) -> go.Figure:
    return plots.distributions(of, *distributions.best(session, search.id, of), _metric(search))


def _surrogate(session: Session, search: Search, of: str) -> go.Figure:
    return plots.surrogate(of, (_insight(search, "directions") or {}).get(of), _metric(search))


def _pareto(session: Session, search: Search, of: Any) -> go.Figure:
    return plots.pareto(pictures.pairs(session, search, of), of, _metric(search))


def _hypervolume(session: Session, search: Search, of: Any) -> go.Figure:
    return plots.hypervolume(_begun(search), pictures.timed_pairs(session, search, of), of, _metric(search))


def _parallel(session: Session, search: Search, of: str) -> go.Figure:
    columns, scores, labels = pictures.coordinates(session, search)
    return plots.parallel(columns, scores, _metric(search), labels)


def _draw_importance(session: Session, search: Search, of: str) -> go.Figure:
    return plots.importance(_insight(search, "importance") or [])


def _layer_costs(session: Session, search: Search, of: str) -> go.Figure:
    return plots.layer_costs(pictures.network_layers(session, search, of))


def _timeline(session: Session, search: Search, of: str) -> go.Figure:
    bars, moment = pictures.bars(session, search)
    return plots.timeline(_begun(search), moment, bars, search.trial_count)


def _reported(session: Session, trial: Trial) -> Sequence[str] | None:
    """The metrics of its reports, what scores first; a single step makes no curve."""
    if trial.steps == 1:
        return None
    archives.check_here(session, trial.search_id, "report")
    names = {name for report in boards.reports(session, trial) for name in report.metrics}
    return sorted(names, key=lambda name: (not name.startswith("validation_"), name != "train_loss", name))


def _curves(session: Session, trial: Trial, of: str) -> go.Figure:
    values = [report.metrics[of] for report in boards.reports(session, trial) if of in report.metrics]
    return plots.curves(of or "validation_accuracy", {f"trial {trial.number}": [values]})


def _has_layers(session: Session, trial: Trial) -> Sequence[str] | None:
    """What has been measured; before the trial's end also what will be."""
    search = session.get_one(Search, trial.search_id)
    expected = trial.finished is None and trial.phase != "search" and "space" not in search.spec
    return [] if expected or pictures.layers(session, trial.id) else None


def _layers(session: Session, trial: Trial, of: str) -> go.Figure:
    return plots.layer_costs({f"trial {trial.number}": pictures.layer_costs(session, trial.id)})


OF_SEARCH: dict[str, Picture[Search]] = {
    "best-so-far": Picture("Best so far", _always, _best_so_far),
    "alpha": Picture("Architecture parameters over layers", _of_kind("neuron_placement"), _alpha),
    "alpha-trajectories": Picture("Architecture parameters by epoch", _of_kind("neuron_placement"), _trajectories),
    "degrees": Picture("Score by degree", _of_kind("polynomial_degree"), _degrees),
    "polynomials": Picture("Learned polynomials", _with_polynomials, _polynomials),
    "distributions": Picture("Distributions", _drawn_from, _distributions),
    "surrogate": Picture("The surrogate along a direction", _directions, _surrogate),
    "pareto": Picture("Pareto front", _others, _pareto),
    "hypervolume": Picture("Hypervolume over time", _others, _hypervolume),
    "parallel": Picture("Candidates by their values", _always, _parallel),
    "importance": Picture("Importance of parameters", _importance, _draw_importance),
    "layer-costs": Picture("Costs by layer", _networks, _layer_costs),
    "timeline": Picture("Trials over workers", _always, _timeline),
}
OF_TRIAL: dict[str, Picture[Trial]] = {
    "curves": Picture("Reports by epoch", _reported, _curves),
    "layers": Picture("Costs by layer", _has_layers, _layers),
}
