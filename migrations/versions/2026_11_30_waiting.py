"""A search says why no runner carries it out, and a trial that diverged is an outcome.

Revision: 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("search", sa.Column("waiting", sa.String(), nullable=True))
    op.add_column("trial", sa.Column("diverged", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table, column in (("trial", "diverged"), ("search", "waiting")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
