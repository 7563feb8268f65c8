"""Candidates by rank, as the API gives them."""

from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from searchsvc.store.views import boards, learned


class Estimate(BaseModel):
    """A metric over a candidate's seeds; `ci95` is the half-width of the mean's 95 % interval.

    By Student's t; of the objective with the variance that all candidates share, where the search may pool it.
    """

    model_config = ConfigDict(from_attributes=True)

    n: int
    mean: float
    std: float | None
    ci95: float | None


class Prediction(BaseModel):
    """What the surrogate expected of a candidate's mean score when it suggested it."""

    mean: float
    sd: float


class Row(BaseModel):
    """A candidate's place: ranked by the objective's mean, behind if it violates a constraint; test never ranks."""

    rank: int
    candidate: int
    label: str
    aliases: list[str] = Field([], description="further labels, such as searched of the baseline that was found")
    origin: str
    placement: list[str]
    metrics: dict[str, Estimate]
    violates: list[str] = Field(description="the constraints that its means do not keep")
    missing_seeds: int = Field(description="results that it lacks to count: until then it cannot be the best")
    ended_early: bool = Field(description="all its trials, by the scheduler: it has no metrics and stands behind")
    energy_overhead: float | None = Field(description="relative to what the leaderboard's `compared_with` names")
    point: dict[str, Any] = Field(description="the values by which its kind of search tells candidates apart, by name")
    prediction: Prediction | None
    is_best: bool = Field(description="the first by the objective with all its seeds that keeps every constraint")
    p_first: float | None = Field(
        description="of a leader that these seeds allow to test: that it is the best (Hsu's multiple comparisons with "
        "the best); below 0.05 another one is at least as good"
    )
    is_similar: bool | None = Field(description="whether it may be the best, with 95 % confidence; null if not tested")
    difference_first: float | None = Field(
        description="of its mean from the best of the others', by the scores of that test"
    )

    @classmethod
    def of(cls, row: boards.Row) -> Self:
        return cls(
            rank=row.rank,
            candidate=row.candidate.number,
            label=row.candidate.label,
            aliases=row.candidate.aliases,
            origin=row.candidate.origin,
            placement=list(learned.placement(row.candidate.configuration)),
            metrics={name: Estimate.model_validate(e) for name, e in sorted(row.metrics.items())},
            violates=list(row.violates),
            missing_seeds=row.missing_seeds,
            ended_early=row.ended_early,
            energy_overhead=row.energy_overhead,
            point=row.point,
            prediction=Prediction(**row.candidate.prediction) if row.candidate.prediction else None,
            is_best=row.is_best,
            p_first=row.p_first,
            is_similar=row.is_similar,
            difference_first=row.difference_first,
        )


class Leaderboard(BaseModel):
    """Candidates, best first, with what the search itself cost."""

    search_id: UUID
    state: str
    seeds: int = Field(description="trials of a complete candidate")
    objective: str = Field(description="the metric whose mean ranks")
    compared_with: str = Field(description="the baseline that energies are relative to, in a word; empty without one")
    basis: Literal["search", "fresh seeds"] | None = Field(description="the scores by which p_first compares leaders")
    total: int = Field(description="candidates suggested so far, also those that have not finished a trial")
    rows: list[Row]
    next_cursor: str | None
    search_seconds: float = Field(description="training time of the super network")
    retrain_seconds: float = Field(description="training time of all candidates")
    conclusion: dict[str, Any] | None
