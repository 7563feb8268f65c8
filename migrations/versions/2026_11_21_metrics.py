"""Any metric can be the objective, and a trial may have further ones.

Revision: 0005. `score` is the objective's value from now on; until now it was always the validation accuracy.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BASELINE = sa.text("origin = 'baseline'")


def upgrade() -> None:
    op.add_column("trial", sa.Column("validation_accuracy", sa.Double(), nullable=True))
    op.add_column("trial", sa.Column("metrics", JSON, nullable=True))
    op.execute("UPDATE trial SET validation_accuracy = score")
    op.create_index(
        "ix_candidate_baseline",
        "candidate",
        ["search_id", "number"],
        sqlite_where=BASELINE,
        postgresql_where=BASELINE,
    )


def downgrade() -> None:
    op.drop_index("ix_candidate_baseline", table_name="candidate")
    op.execute("UPDATE trial SET score = validation_accuracy")
    with op.batch_alter_table("trial") as trial:
        trial.drop_column("metrics")
        trial.drop_column("validation_accuracy")
