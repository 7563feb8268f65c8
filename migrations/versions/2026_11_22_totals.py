"""Sums beside means, so that a mean does not depend on the order in which trials finish.

Revision: 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("candidate_metric", sa.Column("total", sa.Double(), nullable=False, server_default="0"))
    op.execute("UPDATE candidate_metric SET total = mean * n")


def downgrade() -> None:
    with op.batch_alter_table("candidate_metric") as batch:
        batch.drop_column("total")
