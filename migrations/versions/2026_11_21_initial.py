"""The first schema: searches, candidates, trials and what they report.

Revision: 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("spec", JSON, nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("desired", sa.String(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("total_trials", sa.Integer(), nullable=False),
        sa.Column("trial_count", sa.Integer(), nullable=False),
        sa.Column("tell_count", sa.Integer(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("report_count", sa.Integer(), nullable=False),
        sa.Column("conclusion", JSON, nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("started", sa.Double(), nullable=True),
        sa.Column("finished", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_search"),
    )
    op.create_index("ix_search_state_lease_until", "search", ["state", "lease_until"])

    op.create_table(
        "candidate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("configuration", JSON, nullable=False),
        sa.ForeignKeyConstraint(["search_id"], ["search.id"], name="fk_candidate_search_id_search", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_candidate"),
        sa.UniqueConstraint("search_id", "hash", name="uq_candidate_search_id_hash"),
        sa.UniqueConstraint("search_id", "number", name="uq_candidate_search_id_number"),
    )
    op.create_table(
        "event",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["search_id"], ["search.id"], name="fk_event_search_id_search", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("search_id", "number", name="pk_event"),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["search.id"], name="fk_idempotency_search_id_search", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency"),
    )
    op.create_table(
        "candidate_metric",
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("m2", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name="fk_candidate_metric_candidate_id_candidate", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["search_id"], ["search.id"], name="fk_candidate_metric_search_id_search", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("candidate_id", "metric", "split", name="pk_candidate_metric"),
    )
    op.create_index(
        "ix_candidate_metric_search_id_metric_split_mean", "candidate_metric", ["search_id", "metric", "split", "mean"]
    )

    op.create_table(
        "trial",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("asked_after", sa.Integer(), nullable=False),
        sa.Column("tell_no", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("test_accuracy", sa.Double(), nullable=True),
        sa.Column("parameters", sa.Double(), nullable=True),
        sa.Column("macs", sa.Double(), nullable=True),
        sa.Column("acs", sa.Double(), nullable=True),
        sa.Column("sops", sa.Double(), nullable=True),
        sa.Column("firing_rate", sa.Double(), nullable=True),
        sa.Column("energy", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("manifest", JSON, nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("started", sa.Double(), nullable=True),
        sa.Column("finished", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name="fk_trial_candidate_id_candidate", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["search_id"], ["search.id"], name="fk_trial_search_id_search", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_trial"),
        sa.UniqueConstraint("search_id", "number", name="uq_trial_search_id_number"),
    )
    op.create_index("ix_trial_candidate_id", "trial", ["candidate_id"])
    op.create_index("ix_trial_search_id_state", "trial", ["search_id", "state"])

    op.create_table(
        "architecture_parameter",
        sa.Column("trial_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("shape", JSON, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trial.id"], name="fk_architecture_parameter_trial_id_trial", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trial_id", "attempt", "step", "layer", "name", name="pk_architecture_parameter"),
    )
    op.create_table(
        "artifact",
        sa.Column("trial_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_artifact_trial_id_trial", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trial_id", "kind", name="pk_artifact"),
    )
    op.create_table(
        "layer_cost",
        sa.Column("trial_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("macs", sa.Double(), nullable=False),
        sa.Column("acs", sa.Double(), nullable=False),
        sa.Column("sops", sa.Double(), nullable=False),
        sa.Column("firing_rate", sa.Double(), nullable=True),
        sa.Column("energy", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_layer_cost_trial_id_trial", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trial_id", "position", name="pk_layer_cost"),
    )
    op.create_table(
        "report",
        sa.Column("trial_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("metrics", JSON, nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["search_id"], ["search.id"], name="fk_report_search_id_search", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_report_trial_id_trial", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trial_id", "attempt", "step", name="pk_report"),
        sa.UniqueConstraint("search_id", "number", name="uq_report_search_id_number"),
    )


def downgrade() -> None:
    op.drop_table("report")
    op.drop_table("layer_cost")
    op.drop_table("artifact")
    op.drop_table("architecture_parameter")
    op.drop_index("ix_trial_search_id_state", table_name="trial")
    op.drop_index("ix_trial_candidate_id", table_name="trial")

    op.drop_table("trial")
    op.drop_index("ix_candidate_metric_search_id_metric_split_mean", table_name="candidate_metric")

    op.drop_table("candidate_metric")
    op.drop_table("idempotency")
    op.drop_table("event")
    op.drop_table("candidate")
    op.drop_index("ix_search_state_lease_until", table_name="search")

    op.drop_table("search")
