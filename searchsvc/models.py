"""The tables. Columns hold what is sorted, filtered or joined; JSON holds what is only carried.

Times are seconds since 1970 by the database's clock.
"""

import os
import time
import uuid
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, LargeBinary, MetaData, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from searchsvc.db import now

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
Json = JSON().with_variant(JSONB(), "postgresql")


def uuid7() -> uuid.UUID:
    """A random identifier that sorts by creation time (RFC 9562, section 5.7)."""
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - read once by SQLAlchemy
        dict[str, Any]: Json,
        list[Any]: Json,
        float: Double(),
        bytes: LargeBinary(),
        str: String(),
    }


class Search(Base):
    """One submitted job: `state` is where it is, `desired` where its user wants it. A runner owns it for its lease."""

    __tablename__ = "search"
    __table_args__ = (Index(None, "state", "lease_until"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    kind: Mapped[str]
    spec: Mapped[dict[str, Any]]
    observations: Mapped[list[Any] | None] = mapped_column(deferred=True)  # known when it was submitted; may be large
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
    standing: Mapped[dict[str, Any] | None]  # which of its leaders differ from the first (`significance.standing`)
    insight: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)  # what pictures need of its surrogate
    error: Mapped[str | None]
    created: Mapped[float] = mapped_column(default=now())
    started: Mapped[float | None]
    finished: Mapped[float | None]


class Candidate(Base):
    """One point of the space."""

    __tablename__ = "candidate"
    __table_args__ = (
        UniqueConstraint("search_id", "number"),
        UniqueConstraint("search_id", "label"),
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
    phase: Mapped[str]
    configuration: Mapped[dict[str, Any]]
    prediction: Mapped[dict[str, Any] | None]  # mean and sd of its score, when it was suggested
    quantiles: Mapped[dict[str, Any] | None]  # of its distributions, at `spaces.nodes`


class CandidateMetric(Base):
    """Mean and spread of a metric over a candidate's finished trials, kept up to date as they finish.

    Means have 12 digits: they do not say in which order the trials finished, and equal ones are equal.
    """

    __tablename__ = "candidate_metric"

    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidate.id", ondelete="CASCADE"), primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    split: Mapped[str] = mapped_column(primary_key=True)
    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"))
    direction: Mapped[str]
    n: Mapped[int]
    mean: Mapped[float] = mapped_column()
    m2: Mapped[float]  # squared deviations from it
    total: Mapped[float] = mapped_column(server_default="0")

    # The leaderboard's order; `n`, so that `best` finds the complete candidates without leaving the index.
    __table_args__ = (
        Index("ix_candidate_metric_rank", "search_id", "metric", "split", mean.desc(), "candidate_id", "n"),
    )


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
    steps: Mapped[int]  # that it will report
    asked_after: Mapped[int]
    tell_no: Mapped[int | None]
    failed_after: Mapped[int | None]  # how many had been told when it failed
    score: Mapped[float | None]  # the objective's value
    validation_accuracy: Mapped[float | None]
    test_accuracy: Mapped[float | None]
    parameters: Mapped[float | None]
    macs: Mapped[float | None]
    acs: Mapped[float | None]
    sops: Mapped[float | None]
    updates: Mapped[float | None]
    firing_rate: Mapped[float | None]
    energy: Mapped[float | None]
    latency: Mapped[float | None]
    seconds: Mapped[float | None]
    metrics: Mapped[list[Any] | None]  # further ones: metric, split, direction, value
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


class Idempotency(Base):
    """A request that was carried out and its answer, which the same request gets again.

    It outlives the search it was for: a repeated submission must not make a deleted search again.
    """

    __tablename__ = "idempotency"

    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int] = mapped_column(default=0)  # 0 until the request has been carried out, in the same transaction
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[str] = mapped_column(default="")
    created: Mapped[float] = mapped_column(default=now())


class Deletion(Base):
    """A search that was deleted: files of no other unknown search may be swept, since they may be somebody's."""

    __tablename__ = "deletion"

    search_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    created: Mapped[float] = mapped_column(default=now())
