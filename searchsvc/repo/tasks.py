"""The best candidates of a task across its searches.

Of each of the newest `SEARCHES` searches its first few complete candidates that keep the constraints, each a range of
the index that ranks them: no search is read whole. Only searches of one objective are compared. Those whose score was
confirmed on fresh seeds come first, by that: the score by which a search chose them flatters them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from searchsvc import differences
from searchsvc.models import Candidate, Search
from searchsvc.objectives import Goal, fresh
from searchsvc.repo import boards, points, ranking

SEARCHES = 200  # of a task, the newest
BEST = 3  # candidates of a search

task_name: ColumnElement[str] = Search.spec["task"]["name"].as_string()


@dataclass(frozen=True)
class Leader:
    """A candidate among the best of its search."""

    search: Search
    candidate: Candidate
    mean: float  # of the objective: over fresh seeds if it is confirmed
    confirmed: bool  # has all its fresh seeds
    metrics: dict[str, boards.Estimate]
    point: dict[str, Any]

    @property
    def protocol(self) -> dict[str, Any]:
        """What numbers depend on beside what was searched for: parameters of the task, epochs, and the network."""
        config, space = self.candidate.configuration, self.search.spec.get("space", ())
        network = {name: value for name, value in config.get("network", {}).items() if name not in space}
        epochs = {name: value for name, value in config.get("training", {}).items() if name == "epochs"}
        return {**self.search.spec["task"], **differences.flat({"network": network, "training": epochs})}


@dataclass(frozen=True)
class Board:
    """A task's leaders of one objective, best first."""

    metric: str | None  # None: the task has no search
    leaders: Sequence[Leader]
    others: Sequence[str]  # objectives of further searches of the task
    searches: int  # that were looked at, of this objective
    total: int  # searches of the task
    differs: Sequence[str]  # fields of the leaders' protocols that are not the same in all of them


def counts(session: Session) -> dict[str, int]:
    """How many searches each task has."""
    rows = session.execute(select(task_name, func.count()).group_by(task_name)).all()
    return {name: count for name, count in rows}  # noqa: C416 - rows are no pairs to a type checker


def board(session: Session, task: str, metric: str | None = None, *, best: int = BEST) -> Board:
    """The best candidates of the task by `metric`.

    None: the objective that most of its searches have, of those by which there are complete candidates.
    """
    newest = session.scalars(select(Search).where(task_name == task).order_by(Search.id.desc()).limit(SEARCHES)).all()
    goals = {search.id: Goal.of(search.spec) for search in newest}
    by_metric = Counter(goal.objective.metric for goal in goals.values())
    ways = [metric] if metric else [name for name, _ in by_metric.most_common()]
    chosen, leaders = ways[0] if ways else None, list[Leader]()
    for way in ways:
        if leaders := _leaders(session, [s for s in newest if goals[s.id].objective.metric == way], goals, best):
            chosen = way
            break
    return Board(
        metric=chosen,
        leaders=leaders,
        others=sorted(by_metric.keys() - {chosen}),
        searches=sum(goal.objective.metric == chosen for goal in goals.values()),
        total=session.scalars(select(func.count()).where(task_name == task)).one(),
        differs=_differing([leader.protocol for leader in leaders]),
    )


def _leaders(session: Session, searches: Sequence[Search], goals: Mapping[UUID, Goal], best: int) -> list[Leader]:
    if not searches:
        return []
    by_id, objective = {search.id: search for search in searches}, goals[searches[0].id].objective
    ids = _firsts(session, searches, goals, best)
    metrics, found = boards.estimates(session, ids), []
    for candidate in session.scalars(select(Candidate).where(Candidate.id.in_(ids)).order_by(Candidate.id)):
        search, every = by_id[candidate.search_id], metrics[candidate.id]
        again = every.get(fresh(objective.metric))
        confirmed = again is not None and again.n >= search.spec["seeds"]
        mean = (again if again and confirmed else every[objective.metric]).mean
        point = points.values(search.spec, candidate.configuration)
        found.append(Leader(search, candidate, mean, confirmed, boards.told(search, every), point))
    found.sort(key=lambda leader: (not leader.confirmed, -objective.sign * leader.mean))
    return _first_of_each(_once(found, objective.metric), best)


def _once(leaders: Sequence[Leader], metric: str) -> list[Leader]:
    """Without those that are the same network as an earlier one of their search, such as the searched and all SLIF."""
    found: dict[tuple[Any, ...], Leader] = {}
    for leader in leaders:
        config = leader.candidate.configuration
        network = (str(config["neurons"]), str(config["network"]), leader.metrics[metric].mean)
        found.setdefault((leader.search.id, *network), leader)
    return list(found.values())


def _first_of_each(leaders: Sequence[Leader], best: int) -> list[Leader]:
    count: Counter[UUID] = Counter()
    found = []
    for leader in leaders:
        count[leader.search.id] += 1
        if count[leader.search.id] <= best:
            found.append(leader)
    return found


def _firsts(session: Session, searches: Sequence[Search], goals: Mapping[UUID, Goal], best: int) -> list[int]:
    """The first complete candidates of each search that keep the constraints: a small range of the index each.

    Twice as many as are wanted, since one network may be there twice.
    """
    firsts = [ranking.groups(s.id, goals[s.id], seeds=s.spec["seeds"])[0].limit(2 * best) for s in searches]
    return [number for first in firsts for number in session.scalars(first)]


def _differing(protocols: Sequence[dict[str, Any]]) -> list[str]:
    """Names of what is not the same in all of them; of unlike networks just that.

    >>> _differing([{"name": "digits", "split_seed": 0}, {"name": "digits", "split_seed": 1}])
    ['split_seed']
    >>> _differing([{"network.name": "vgg", "network.width": 1}, {"network.name": "resnet", "network.width": 2}])
    ['network.name']
    """
    names = sorted({name for protocol in protocols for name in protocol})
    found = [name for name in names if any(each.get(name) != protocols[0].get(name) for each in protocols)]
    unlike = next((name for name in ("network.name", "network.variant") if name in found), None)
    return [name for name in found if not (unlike and name.startswith("network.")) or name == unlike]


def network_name(configuration: dict[str, Any]) -> str:
    """Its variant, such as resnet18, or else the network.

    >>> network_name({"network": {"name": "resnet", "variant": "resnet18"}}), network_name({"network": {"name": "vgg"}})
    ('resnet18', 'vgg')
    """
    network = configuration.get("network", {})
    return str(network.get("variant") or network.get("name", ""))
