from abc import abstractmethod
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from searchsvc.objectives import ACCURACY, Constraint, Goal, Objective, SelectingMetric
from searchsvc.strategy import Candidate, Outcome
from spaces.dimensions import Point
from spaces.params import Params, PositiveFloat

SEEDS_LIMIT = 1000


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
    grace_period: int = Field(1, ge=1, description="epochs that every trial runs")
    reduction_factor: float = Field(3.0, gt=1)


class BaseJob(Params):
    """What every kind of search says."""

    judges: ClassVar[Literal["searched", "winner"]] = "winner"  # what the verdict compares with the others
    kind: str
    name: str = Field("", max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$", description="for people")
    seed: int = Field(0, ge=0, lt=2**31 // SEEDS_LIMIT, description="everything random in the search comes from it")
    seeds: int = Field(3, ge=1, le=SEEDS_LIMIT // 2, description="trials of each candidate")
    confirm: int = Field(
        3, ge=0, le=100, description="the best so many run again, on as many fresh seeds, before the search ends"
    )
    budget: Budget = Budget()
    resources: Resources = Resources()
    max_concurrent: int | None = Field(None, ge=1, description="trials at once; null: as many as fit")
    objective: Objective = Objective()
    constraints: tuple[Constraint, ...] = Field((), description="candidates that violate one rank behind")
    tradeoffs: tuple[SelectingMetric, ...] = Field(
        (), description="costs against which the objective is traded off: the verdict names the Pareto front"
    )
    scheduler: Asha | None = Field(None, description="ends poor trials early; they are kept and do not count")
    step_deadline: PositiveFloat | None = Field(None, description="seconds; a longer step counts as a lost worker")
    max_failed_trials: int = Field(0, ge=0, description="one more failed trial ends the search as failed")

    @property
    @abstractmethod
    def strategy_name(self) -> str: ...

    @property
    @abstractmethod
    def trial_steps(self) -> int:
        """Steps of a trial that a scheduler may end early."""

    @abstractmethod
    def total_trials(self) -> int:
        """How many trials the strategy asks for, with the baselines."""

    @property
    def confirming_trials(self) -> int:
        """How many trials at most confirm its leaders, and a winner's baseline, at the end."""
        chosen = self.confirm + (self.judges == "winner") if self.confirm else 0
        return min(chosen, self.total_trials() // self.seeds) * self.seeds

    def trial_seed(self, repeat: int) -> int:
        """The seed of a candidate's trial number `repeat`; no two searches of different seeds share one."""
        return self.seed * SEEDS_LIMIT + repeat

    def baselines(self) -> list[Candidate]:
        """What runs before anything that the strategy asks for; a strategy may have others of its own."""
        return []

    def known(self) -> list[Outcome]:
        """What is known before the first trial, numbered below 0."""
        return []

    def covers(self, point: Point) -> bool:
        """Whether the strategy can learn from what is known of this point."""
        return True

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
        return self.scheduler is not None and self.objective.metric != ACCURACY

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
