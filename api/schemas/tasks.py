"""What the API answers about tasks across searches."""

from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas import Estimate
from searchsvc.store.views import learned, tasks
from searchsvc.verdict.published import Published


class Leader(BaseModel):
    """One of the best candidates of its search; the rank is by the objective's mean, over fresh seeds where confirmed.

    Confirmed ones come first. The test part never ranks.
    """

    rank: int
    search_id: UUID
    search_name: str
    kind: str
    state: str
    candidate: int
    label: str
    aliases: list[str] = Field([], description="further labels")
    origin: str
    confirmed: bool = Field(description="has all its fresh seeds, by whose mean it ranks")
    network: str
    placement: list[str]
    point: dict[str, Any]
    task: dict[str, Any] = Field(description="its parameters in this search")
    protocol: dict[str, Any] = Field(description="what numbers depend on: those, the epochs and the network")
    metrics: dict[str, Estimate]

    @classmethod
    def of(cls, rank: int, leader: tasks.Leader) -> Self:
        search, candidate = leader.search, leader.candidate
        return cls(
            rank=rank,
            search_id=search.id,
            search_name=search.name,
            kind=search.kind,
            state=search.state,
            candidate=candidate.number,
            label=candidate.label,
            aliases=candidate.aliases,
            origin=candidate.origin,
            confirmed=leader.confirmed,
            network=tasks.network_name(candidate.configuration),
            placement=list(learned.placement(candidate.configuration)),
            point=leader.point,
            task=search.task,
            protocol=leader.protocol,
            metrics={name: Estimate.model_validate(e) for name, e in sorted(leader.metrics.items())},
        )


class TaskLeaderboard(BaseModel):
    """The best candidates of a task's searches of one objective; what the literature reports stands apart, unranked."""

    task: str
    metric: str | None = Field(description="the objective by which all rows are ranked; null without a search")
    other_metrics: list[str] = Field(description="objectives of further searches of the task")
    searches: int = Field(description="searches of this objective")
    total_searches: int = Field(description="searches of the task")
    listed: int = Field(description="of as many searches, the best ones, candidates are listed at most")
    best: int = Field(description="as many candidates of a search are taken; only complete ones")
    differs: list[str] = Field(description="fields of the rows' protocols that are not the same in all of them")
    rows: list[Leader]
    published: list[Published] = Field(description="reported by others, not run here; never ranked among the rows")

    @classmethod
    def of(cls, task: str, board: tasks.Board, best: int, published: tuple[Published, ...]) -> Self:
        return cls(
            task=task,
            metric=board.metric,
            other_metrics=list(board.others),
            searches=board.searches,
            total_searches=board.total,
            listed=tasks.SEARCHES,
            best=best,
            differs=list(board.differs),
            rows=[Leader.of(rank, leader) for rank, leader in enumerate(board.leaders, 1)],
            published=list(published),
        )


class TaskOverview(BaseModel):
    name: str
    in_catalog: bool = Field(description="can be searched here; else it is known from the literature alone")
    searches: int
    metric: str | None = Field(description="the objective that most of its searches have")
    best: Leader | None
    published: int = Field(description="rows of the literature")


class Tasks(BaseModel):
    tasks: list[TaskOverview]
