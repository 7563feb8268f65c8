"""Deleted searches are remembered, so that the sweep knows whose files may go.

Revision: 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deletion",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("search_id", name="pk_deletion"),
    )


def downgrade() -> None:
    op.drop_table("deletion")
