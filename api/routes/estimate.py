"""What a search would take; nothing is stored."""

from typing import Annotated, Self

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Db
from api.route import StrictRoute
from searchsvc.kinds import Job
from searchsvc.store import fitting
from searchsvc.store.views import estimates

router = APIRouter(prefix="/v1/estimate", tags=["searches"], route_class=StrictRoute)


class SearchEstimate(BaseModel):
    """Of a search that is not submitted."""

    model_config = ConfigDict(from_attributes=True)

    trials: int
    confirming: int = Field(description="further trials, at most, that run its leaders again")
    seconds_a_trial: float | None = Field(description="null where no trial of the task has ended here yet")
    hours: float | None = Field(description="of all trials, one after another")
    basis: str = Field(description="what the time comes from")
    memory_bytes: int = Field(description="that a trial needs at least, from its shapes; 0 where that is not known")
    memory_there: float | None = Field(description="bytes that a trial may take where most is; null if not known")
    unknown: list[str] = Field(description="what this does not say, in sentences")

    @classmethod
    def of(cls, found: estimates.Estimate) -> Self:
        return cls.model_validate(found)


@router.post("", summary="What a search would take")
def estimate(database: Db, job: Annotated[Job, Body()]) -> SearchEstimate:
    """Validate a specification as a submission does, and say what it would take, as far as that is known."""
    with database.read() as session:
        fitting.check(session, job)
        return SearchEstimate.of(estimates.of(session, job))
