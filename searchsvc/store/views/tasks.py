"""The best candidates of a task across all its searches.

Of each of the best `SEARCHES` searches (`contenders`) its first few complete candidates that keep the constraints, each
a range of the index that ranks them: no search is read whole. Only searches of one objective are compared. Those whose
score was confirmed on fresh seeds come first, by that: the score by which a search chose them flatters them.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.metrics.estimate import Estimate
from searchsvc.metrics.names import fresh
from searchsvc.store import fields
from searchsvc.store.tables import Candidate, Search
from searchsvc.store.views import contenders, means, ranking
from searchsvc.store.views.contenders import task_name

SEARCHES = 200  # of a task, whose candidates are listed: the best
BEST = 3  # candidates of a search


@dataclass(frozen=True)
class Leader:
    """A candidate among the best of its search."""

    search: Search
    candidate: Candidate
    mean: float  # of the objective: over fresh seeds if it is confirmed
    confirmed: bool  # has all its fresh seeds
    metrics: dict[str, Estimate]
    point: dict[str, Any]

    @cached_property
    def protocol(self) -> dict[str, Any]:
        """What numbers depend on beside what was searched for: parameters of the task, epochs, and the network."""
        config = kinds.of(self.search).unsearched(self.candidate.configuration)
        epochs = {name: value for name, value in config.get("training", {}).items() if name == "epochs"}
        return {**self.search.task, **fields.flat({"network": config.get("network", {}), "training": epochs})}


@dataclass(frozen=True)
class Board:
    """A task's leaders of one objective, best first."""

    metric: str | None  # None: the task has no search
    leaders: Sequence[Leader]
    others: Sequence[str]  # objectives of further searches of the task
    searches: int  # of this objective
    total: int  # searches of the task
    differs: Sequence[str]  # fields of the leaders' protocols that are not the same in all of them


def counts(session: Session) -> dict[str, int]:
    """How many searches each task has."""
    counted = select(task_name, func.count()).where(task_name.is_not(None)).group_by(task_name)
    rows = session.execute(counted).all()
    return {name: count for name, count in rows}  # noqa: C416 - rows are no pairs to a type checker


def board(session: Session, task: str, metric: str | None = None, *, best: int = BEST, most: int = SEARCHES) -> Board:
    """The best candidates of the task by `metric`, of at most so many searches.

    None: the objective that most of its searches have, of those by which there are complete candidates.
    """
    every = contenders.alike(session, task)
    by_metric: dict[str, list[contenders.Alike]] = defaultdict(list)
    for group in every:
        by_metric[group.goal.objective.metric].append(group)
    count = {name: sum(len(group.ids) for group in groups) for name, groups in by_metric.items()}
    ways = [metric] if metric else sorted(count, key=lambda name: -count[name])
    chosen, leaders = ways[0] if ways else None, list[Leader]()
    for way in ways:
        if found := contenders.contenders(session, by_metric.get(way, ()))[:most]:
            chosen, leaders = way, _leaders(session, found, best)
            break
    return Board(
        metric=chosen,
        leaders=leaders,
        others=sorted(by_metric.keys() - {chosen}),
        searches=count.get(chosen or "", 0),
        total=sum(count.values()),
        differs=_differing([leader.protocol for leader in leaders]),
    )


def _leaders(session: Session, found: Sequence[contenders.Contender], best: int) -> list[Leader]:
    searches = session.scalars(select(Search).where(Search.id.in_([one.search_id for one in found])))
    by_id = {search.id: search for search in searches}
    objective = by_id[found[0].search_id].goal.objective
    ids = [number for one in found for number in _firsts(session, by_id[one.search_id], one, best)]
    metrics, leaders = means.estimates(session, ids), []
    for candidate in session.scalars(select(Candidate).where(Candidate.id.in_(ids)).order_by(Candidate.id)):
        search, every = by_id[candidate.search_id], metrics[candidate.id]
        again = every.get(fresh(objective.metric))
        confirmed = again is not None and again.n >= search.seeds
        mean = (again if again and confirmed else every[objective.metric]).mean
        point = kinds.of(search).coordinates(candidate.configuration)
        leaders.append(Leader(search, candidate, mean, confirmed, means.told(search, candidate.label, every), point))
    leaders.sort(key=lambda leader: (not leader.confirmed, -objective.sign * leader.mean))
    return _first_of_each(_once(leaders, objective.metric), best)


def _once(leaders: Sequence[Leader], metric: str) -> list[Leader]:
    """Without those that are the same network as an earlier one of their search, such as the searched and all SLIF."""
    found: dict[tuple[Any, ...], Leader] = {}
    for leader in leaders:
        config = leader.candidate.configuration
        parts = [str(config.get(part)) for part in ("neurons", "training")]
        network = (*parts, str(config.get("network", config)), leader.metrics[metric].mean)
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


def _firsts(session: Session, search: Search, contender: contenders.Contender, best: int) -> list[int]:
    """The first complete candidates that keep the constraints, and the first by fresh seeds: small ranges of the index.

    Twice as many as are wanted, since one network may be there twice.
    """
    goal = search.goal
    order = ranking.Order.of(goal)
    firsts = [ranking.groups(search.id, goal, order, complete=True)[0]]
    if contender.confirmed is not None:
        again = ranking.Order(fresh(goal.objective.metric), order.is_descending)
        firsts.append(ranking.groups(search.id, goal, again, fresh=search.seeds)[0])
    return list(dict.fromkeys(number for first in firsts for number in session.scalars(first.limit(2 * best))))


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
