import unicodedata
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator

from searchsvc.addresses import web_address
from searchsvc.kinds._kind import Kind
from searchsvc.metrics import catalog
from searchsvc.metrics.objectives import Constraint, Goal, Objective, SelectingMetric, check_bounds
from searchsvc.strategies.params import StrategyParams
from searchsvc.strategy import Candidate, Outcome
from spaces.errors import got
from spaces.params import Params, PositiveFloat, later
from spaces.space.dimensions import Point

SEEDS_LIMIT = 1000
COPIES: Any = "copies"  # of searches of earlier releases, whose strategies asked for known configurations again


def _one_line(value: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError(f"got {got(value)}; give one line without control characters")
    return value


OneLine = Annotated[str, AfterValidator(_one_line)]


def _without_history(schema: dict[str, Any]) -> None:
    schema["enum"].remove(COPIES)


class Resources(Params):
    """What one trial may use; fractions share a processor or GPU. A share of a GPU puts the trial on it."""

    cpus: float = Field(1.0, ge=0.001, le=1024)
    gpus: float = Field(0.0, ge=0, le=64)

    @field_validator("gpus")
    @classmethod
    def _a_share_or_whole_ones(cls, value: float) -> float:
        if 0 < value < 0.001 or (value > 1 and value != int(value)):
            raise ValueError(f"got {value}; give 0, a share from 0.001 to 1, or a whole number of GPUs")
        return value


class Budget(Params):
    """What the search may spend until it knows its leaders, which `confirm` then runs again."""

    trials: int = Field(19, ge=1, le=10_000)


class Asha(Params):
    """Asynchronous successive halving (Li et al. 2020): of each rung's trials the best 1/`reduction_factor` go on."""

    name: Literal["asha"] = "asha"
    grace_period: int = Field(1, ge=1, le=10_000, description="epochs that every trial runs")
    reduction_factor: float = Field(3.0, ge=1.1, le=1000, description="also of the epochs from rung to rung")


class BaseJob(Params, Kind):
    """What every kind of search says."""

    if TYPE_CHECKING:  # a field of every kind, whose union says which strategies it takes
        strategy: StrategyParams

    kind: str
    name: OneLine = Field("", max_length=200, description="for people")
    seed: int = Field(0, ge=0, lt=2**31 // SEEDS_LIMIT, description="everything random in the search comes from it")
    seeds: int = Field(3, ge=1, le=SEEDS_LIMIT // 2, description="trials of each candidate")
    confirm: int = Field(
        3, ge=0, le=100, description="the best so many run again, on as many fresh seeds, before the search ends"
    )
    budget: Budget = Budget()
    when_exhausted: Literal["end", "seeds", "copies"] = Field(
        "end",
        description="of a finite space that is used up: end, or give what the budget leaves to further seeds of all",
        json_schema_extra=_without_history,
    )
    resources: Resources = Resources()
    max_concurrent: int | None = Field(None, ge=1, le=100_000, description="trials at once; null: as many as fit")
    objective: Objective = Objective()
    constraints: tuple[Constraint, ...] = Field((), description="candidates that violate one rank behind")
    tradeoffs: tuple[SelectingMetric, ...] = Field(
        (),
        description="against which the objective is traded off, costs or the score: the verdict names the front",
    )
    scheduler: Asha | None = Field(None, description="ends poor trials early; they are kept and do not count")
    step_deadline: PositiveFloat | None = Field(None, description="seconds; a longer step counts as a lost worker")
    max_failed_trials: int | None = Field(
        None,
        ge=0,
        le=100_000,
        description="one more failed trial ends the search as failed; null: a tenth of the budget's, at least 1",
    )

    webhook: Annotated[str, AfterValidator(web_address)] = later(
        "", max_length=2000, description="address that is told when the search has ended; empty: as the service is set"
    )

    @field_validator("constraints")
    @classmethod
    def _that_something_can_keep(cls, constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
        check_bounds(constraints, {})
        return constraints

    @property
    def judges(self) -> Literal["searched", "winner"]:
        """What the verdict compares with the others."""
        return self.strategy.judges

    @property
    @abstractmethod
    def trial_steps(self) -> int:
        """Steps of a trial that a scheduler may end early."""

    @property
    @abstractmethod
    def candidate_count(self) -> int:
        """How many candidates it compares, with the baselines."""

    @property
    @abstractmethod
    def uses_up(self) -> bool:
        """Whether these are all that its space, or its sweep, has."""

    @property
    def repeats(self) -> int:
        """Trials of each candidate: its seeds; in a space that is used up as many as the budget pays for, if wanted."""
        if self.when_exhausted != "seeds" or not self.uses_up:
            return self.seeds
        affordable = (self.budget.trials - self.strategy.preparing_trials) // self.candidate_count
        return max(self.seeds, min(SEEDS_LIMIT // 2, affordable))

    @property
    def counts_copies(self) -> bool:
        """Whether one configuration may be several candidates: of searches of earlier releases alone."""
        return bool(self.when_exhausted == COPIES)

    def total_trials(self) -> int:
        """How many trials the strategy asks for, with the baselines."""
        return self.strategy.preparing_trials + self.repeats * self.candidate_count

    @property
    def confirming_trials(self) -> int:
        """How many trials at most confirm its leaders, and a winner's baseline, at the end."""
        chosen = self.confirm + (self.judges == "winner") if self.confirm else 0
        return min(chosen, self.candidate_count) * self.seeds

    @property
    def failures_allowed(self) -> int:
        """Trials that may fail; those that diverge are outcomes and do not count."""
        return max(1, self.budget.trials // 10) if self.max_failed_trials is None else self.max_failed_trials

    def trial_seed(self, repeat: int) -> int:
        """The seed of a candidate's trial number `repeat`; no two searches of different seeds share one."""
        return self.seed * SEEDS_LIMIT + repeat

    def baselines(self) -> list[Candidate]:
        """What runs before anything that the strategy asks for; a strategy may have others of its own."""
        return []

    def names(self, outcomes: Sequence[Outcome]) -> Mapping[str, str]:
        """Further labels that these outcomes give to candidates, each with the label that its candidate has."""
        return {}

    def known(self) -> list[Outcome]:
        """What is known before the first trial, numbered below 0."""
        return []

    def covers(self, point: Point) -> bool:
        """Whether the strategy can learn from what is known of this point."""
        return True

    @property
    def least_bytes(self) -> int:
        """Of memory that a trial needs, as far as its specification says; what lies on a GPU does not count."""
        return 0

    @property
    def trainer(self) -> str | None:
        """Who runs its trials, if these are `External`; None: this service trains networks."""
        return None

    @property
    def threads(self) -> int:
        """Of torch in one trial."""
        return max(1, int(self.resources.cpus))

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objective, and each trade-off as one."""
        return self.objective, *(Objective(metric=metric) for metric in self.tradeoffs)

    @property
    def goal(self) -> Goal:
        return Goal(objective=self.objective, constraints=self.constraints)

    @property
    def costs_every_epoch(self) -> bool:
        """Whether a scheduler decides on what else only a trial's end would measure."""
        return self.scheduler is not None and catalog.get(self.objective.metric).is_cost

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
