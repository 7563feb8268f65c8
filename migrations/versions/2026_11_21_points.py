"""Searches over named dimensions: what was known at their start, what their surrogate predicted, quantiles, health.

Revision: 0008. What ran before has none.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
COLUMNS = {
    "search": {"observations": JSON, "health": sa.String()},
    "candidate": {"prediction": JSON, "quantiles": JSON},
    "trial": {"failed_after": sa.Integer()},
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, type_ in columns.items():
            op.add_column(table, sa.Column(name, type_, nullable=True))


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.drop_column(name)
