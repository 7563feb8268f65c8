"""What every read of a leaderboard needs is kept, and found by an index.

Revision: 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for phase in ("search", "retrain"):
        op.add_column("search", sa.Column(f"{phase}_seconds", sa.Double(), nullable=False, server_default="0"))
        spent = f"SELECT sum(seconds) FROM trial WHERE search_id = search.id AND phase = '{phase}'"
        op.execute(f"UPDATE search SET {phase}_seconds = coalesce(({spent}), 0)")
    op.drop_index("ix_candidate_metric_search_id_metric_split_mean", table_name="candidate_metric")
    op.create_index(
        "ix_candidate_metric_rank",
        "candidate_metric",
        ["search_id", "metric", "split", sa.text("mean DESC"), "candidate_id", "n"],
    )
    op.create_index("ix_trial_search_id_tell_no", "trial", ["search_id", "tell_no"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_trial_search_id_tell_no", table_name="trial")
    op.drop_index("ix_candidate_metric_rank", table_name="candidate_metric")
    op.create_index(
        "ix_candidate_metric_search_id_metric_split_mean", "candidate_metric", ["search_id", "metric", "split", "mean"]
    )
    with op.batch_alter_table("search") as search:
        search.drop_column("retrain_seconds")
        search.drop_column("search_seconds")
