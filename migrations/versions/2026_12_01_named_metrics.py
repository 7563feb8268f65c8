"""A metric has one name: a trial's are one mapping by it, and so are a candidate's means.

Revision: 0020. Until now a trial had columns of some and a list of others, means had a metric, a split and a direction.
Reports keep the names that they were written with (`searchsvc.metrics.names.renamed`).
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ACCURACIES = {"validation_accuracy": "accuracy/validation", "test_accuracy": "accuracy/test"}
COSTS = ("parameters", "macs", "acs", "sops", "updates", "firing_rate", "energy", "latency", "seconds")
COLUMNS = {**ACCURACIES, **{name: name for name in COSTS}}  # and what each is called
LARGER_IS_BETTER = ("accuracy", "compressed_accuracy", "memory_capacity")  # the other ones were costs

TRIAL = sa.table("trial", sa.column("id", sa.Uuid()), sa.column("metrics", JSON), *map(sa.column, COLUMNS))
MEAN = sa.table("candidate_metric", *map(sa.column, ("metric", "split", "direction")))
PAGE = 1000


def upgrade() -> None:
    for trials in _pages(*TRIAL.c):
        _update([{"key": trial["id"], "metrics": found} for trial in trials if (found := _named(trial))])
    with op.batch_alter_table("trial") as batch:
        for name in COLUMNS:
            batch.drop_column(name)
    op.drop_index("ix_candidate_metric_rank", table_name="candidate_metric")
    pairs = sa.select(MEAN.c.metric, MEAN.c.split).where(MEAN.c.split != "").distinct()
    for metric, split in op.get_bind().execute(pairs).all():
        own = sa.update(MEAN).where(MEAN.c.metric == metric, MEAN.c.split == split)
        op.get_bind().execute(own.values(metric=f"{metric}/{split}"))
    with op.batch_alter_table("candidate_metric") as batch:
        batch.drop_constraint("pk_candidate_metric", type_="primary")
        batch.drop_column("split")
        batch.drop_column("direction")
        batch.create_primary_key("pk_candidate_metric", ["candidate_id", "metric"])
    _index("metric")


def downgrade() -> None:
    op.drop_index("ix_candidate_metric_rank", table_name="candidate_metric")
    with op.batch_alter_table("candidate_metric") as batch:
        batch.drop_constraint("pk_candidate_metric", type_="primary")
        batch.add_column(sa.Column("split", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("direction", sa.String(), nullable=False, server_default="min"))
        batch.create_primary_key("pk_candidate_metric", ["candidate_id", "metric", "split"])
    for name in op.get_bind().scalars(sa.select(MEAN.c.metric).distinct()).all():
        metric, _, split = name.partition("/")
        values = {"metric": metric, "split": split, "direction": _direction(metric)}
        op.get_bind().execute(sa.update(MEAN).where(MEAN.c.metric == name, MEAN.c.split == "").values(values))
    with op.batch_alter_table("candidate_metric") as batch:
        batch.alter_column("split", server_default=None)
        batch.alter_column("direction", server_default=None)
    _index("metric", "split")
    with op.batch_alter_table("trial") as batch:
        for name in COLUMNS:
            batch.add_column(sa.Column(name, sa.Double(), nullable=True))
    for trials in _pages(TRIAL.c.id, TRIAL.c.metrics):
        _update([{"key": trial["id"], **_columns(trial["metrics"])} for trial in trials if trial["metrics"]])


def _named(trial: dict[str, Any]) -> dict[str, float]:
    further = {f"{one['metric']}/{one['split']}": one["value"] for one in trial["metrics"] or ()}
    return {full: trial[column] for column, full in COLUMNS.items() if trial[column] is not None} | further


def _columns(metrics: dict[str, float]) -> dict[str, Any]:
    names = ((full, *full.partition("/")[::2]) for full in metrics if full not in COLUMNS.values())
    further = [
        {"metric": metric, "split": split, "direction": _direction(metric), "value": metrics[full]}
        for full, metric, split in names
    ]
    return {**{column: metrics.get(full) for column, full in COLUMNS.items()}, "metrics": further or None}


def _direction(metric: str) -> str:
    return "max" if metric in LARGER_IS_BETTER else "min"


def _pages(*columns: Any) -> Iterator[list[dict[str, Any]]]:
    """Trials, so many at a time."""
    last = None
    while True:
        query = sa.select(*columns).order_by(TRIAL.c.id).limit(PAGE)
        page = op.get_bind().execute(query if last is None else query.where(TRIAL.c.id > last)).mappings().all()
        if not page:
            return
        yield [dict(row) for row in page]
        last = page[-1]["id"]


def _update(rows: list[dict[str, Any]]) -> None:
    if rows:
        op.get_bind().execute(sa.update(TRIAL).where(TRIAL.c.id == sa.bindparam("key")), rows)


def _index(*names: str) -> None:
    columns = ["search_id", *names, sa.text("mean DESC"), "candidate_id", "n"]
    op.create_index("ix_candidate_metric_rank", "candidate_metric", columns)
