"""The tables. Columns hold what is sorted, filtered or joined; JSON holds what is only carried.

Times are seconds since 1970 by the database's clock.
"""

import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from searchsvc.metrics.names import renamed
from searchsvc.metrics.objectives import Goal
from searchsvc.metrics.words import folded, titled
from searchsvc.store._base import Base as Base
from searchsvc.store._base import uuid7 as uuid7
from searchsvc.store._service_tables import Deletion as Deletion
from searchsvc.store._service_tables import Idempotency as Idempotency
from searchsvc.store._service_tables import Runner as Runner
from searchsvc.store._service_tables import Webhook as Webhook
from searchsvc.store.db import now


def _folded_name(context: Any) -> str:
    return folded(context.get_current_parameters()["name"])


class Search(Base):
    """One submitted job: `state` is where it is, `desired` where its user wants it. A runner owns it for its lease."""

    __tablename__ = "search"
    __table_args__ = (Index(None, "state", "id"),)  # what is queued, in order; what runs is little

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(default=_folded_name, server_default="")  # by which it is looked for
    kind: Mapped[str]
    spec: Mapped[dict[str, Any]]
    observations: Mapped[list[Any] | None] = mapped_column(deferred=True)  # known when it was submitted; may be large
    warnings: Mapped[list[Any] | None]  # of what it knew from the start, for its users
    health: Mapped[str | None]  # of its surrogate, when it last suggested something
    seed: Mapped[int]
    state: Mapped[str] = mapped_column(default="queued")
    desired: Mapped[str] = mapped_column(default="run")
    owner: Mapped[uuid.UUID | None]
    epoch: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[float | None]
    total_trials: Mapped[int]
    trial_count: Mapped[int] = mapped_column(default=0)
    tell_count: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)
    event_count: Mapped[int] = mapped_column(default=0)
    report_count: Mapped[int] = mapped_column(default=0)
    search_seconds: Mapped[float] = mapped_column(default=0.0)  # training of super networks
    retrain_seconds: Mapped[float] = mapped_column(default=0.0)  # training of candidates
    conclusion: Mapped[dict[str, Any] | None]
    standing: Mapped[dict[str, Any] | None]  # which of its leaders may be the best (`leading.standing`)
    insight: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)  # what pictures need of its surrogate
    error: Mapped[str | None]
    waiting: Mapped[str | None]  # why the last runner that looked at it could not carry it out
    created: Mapped[float] = mapped_column(default=now())
    started: Mapped[float | None]
    finished: Mapped[float | None]

    @property
    def goal(self) -> Goal:
        """What it looks for. This and what follows every specification says, whatever its kind."""
        return Goal.of(self.spec)

    @property
    def seeds(self) -> int:
        """Trials of a candidate, unless its strategy says another number."""
        return int(self.spec["seeds"])

    @property
    def tradeoffs(self) -> list[str]:
        """Costs against which its objective is traded off."""
        return list(self.spec.get("tradeoffs", ()))

    @property
    def task(self) -> dict[str, Any]:
        """With its name and parameters; empty of a kind without one."""
        return dict(self.spec.get("task", {}))

    @property
    def task_name(self) -> str:
        return str(self.task.get("name", ""))

    @property
    def counts_copies(self) -> bool:
        """Whether one configuration may be several candidates: of searches of earlier releases."""
        return "when_exhausted" not in self.spec


class Candidate(Base):
    """One point of the space: one configuration, whatever its labels."""

    __tablename__ = "candidate"
    __table_args__ = (
        UniqueConstraint("search_id", "number"),
        UniqueConstraint("search_id", "label"),
        Index(None, "search_id", "fingerprint", unique=True),
        Index(
            "ix_candidate_baseline",  # few of many: what every row of a leaderboard is compared with
            "search_id",
            "number",
            sqlite_where=text("origin = 'baseline'"),
            postgresql_where=text("origin = 'baseline'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"))
    number: Mapped[int]
    origin: Mapped[str]
    label: Mapped[str]
    aliases: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # further labels
    phase: Mapped[str]
    parent: Mapped[int | None]  # the number of the candidate that it was made from
    seeds: Mapped[int] = mapped_column(server_default="1")  # trials that make it count, as its strategy last said
    fingerprint: Mapped[str | None]  # of its configuration (`spaces.identity`); none in searches of earlier releases
    configuration: Mapped[dict[str, Any]]
    prediction: Mapped[dict[str, Any] | None]  # mean and sd of its score, when it was suggested
    quantiles: Mapped[dict[str, Any] | None]  # of its distributions, at `spaces.distributions.nodes`

    @property
    def title(self) -> str:
        """All its labels."""
        return titled(self.label, self.aliases)


class CandidateMetric(Base):
    """Mean and spread of a metric over a candidate's finished trials, kept up to date as they finish.

    Means have 12 digits: they do not say in which order the trials finished, and equal ones are equal.
    """

    __tablename__ = "candidate_metric"

    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidate.id", ondelete="CASCADE"), primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)  # by its full name
    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"))
    n: Mapped[int]
    mean: Mapped[float] = mapped_column()
    m2: Mapped[float]  # squared deviations from it
    total: Mapped[float] = mapped_column(server_default="0")

    # The leaderboard's order; `n`, so that `best` finds the complete candidates without leaving the index.
    __table_args__ = (Index("ix_candidate_metric_rank", "search_id", "metric", mean.desc(), "candidate_id", "n"),)


class Trial(Base):
    """One evaluation of a candidate with one seed."""

    __tablename__ = "trial"
    __table_args__ = (
        UniqueConstraint("search_id", "number"),
        Index(None, "search_id", "state"),
        Index(None, "search_id", "tell_no", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"))
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidate.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    seed: Mapped[int]
    phase: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    attempt: Mapped[int] = mapped_column(default=1)  # one more whenever it begins or goes on again
    worker: Mapped[str | None]  # that made its last step: host/process
    losses: Mapped[int] = mapped_column(default=0)  # of workers; a few too many fail it
    start_from: Mapped[int | None]  # the number of the trial whose trained weights it starts from
    steps: Mapped[int]  # that it will report
    asked_after: Mapped[int]
    tell_no: Mapped[int | None]
    failed_after: Mapped[int | None]  # how many had been told when it failed first
    diverged: Mapped[bool] = mapped_column(default=False)  # its candidate's fault: an outcome, and it would again
    score: Mapped[float | None]  # the objective's value
    metrics: Mapped[dict[str, Any] | None]  # all that it measured, by full names
    manifest: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    created: Mapped[float] = mapped_column(default=now())
    started: Mapped[float | None]
    finished: Mapped[float | None]


class Report(Base):
    """The metrics of one step, numbered per search in the order in which they were recorded."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("search_id", "number"),)

    trial_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trial.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"))
    number: Mapped[int]
    metrics: Mapped[dict[str, Any]]
    decision: Mapped[str] = mapped_column(default="continue")
    created: Mapped[float] = mapped_column(default=now())

    @property
    def measured(self) -> dict[str, float]:
        """The metrics by the names that they have today."""
        return renamed(self.metrics)


class ArchitectureParameter(Base):
    """An array that a step reported, such as the alphas of a layer: little-endian float32."""

    __tablename__ = "architecture_parameter"

    trial_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trial.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    layer: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    shape: Mapped[list[Any]]
    value: Mapped[bytes]


class LayerCost(Base):
    """What one layer of a trial's network costs an inference."""

    __tablename__ = "layer_cost"

    trial_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trial.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    layer: Mapped[str]
    parameters: Mapped[int | None]
    macs: Mapped[float]
    acs: Mapped[float]
    sops: Mapped[float]
    updates: Mapped[float | None]
    firing_rate: Mapped[float | None]
    energy: Mapped[float]


class Artifact(Base):
    """A file in the artifact store, such as a trial's trained weights."""

    __tablename__ = "artifact"

    trial_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trial.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    path: Mapped[str]
    sha256: Mapped[str]
    bytes: Mapped[int]


class Event(Base):
    """What happened to a search, numbered 1, 2, 3, ... without gaps; what SSE serves."""

    __tablename__ = "event"

    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    created: Mapped[float] = mapped_column(default=now())


class Archive(Base):
    """A file in the artifact store that holds a finished search's rows of one table, which are here no longer."""

    __tablename__ = "archive"

    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # the table
    path: Mapped[str]
    sha256: Mapped[str]
    bytes: Mapped[int]
    rows: Mapped[int]
    created: Mapped[float] = mapped_column(default=now())
