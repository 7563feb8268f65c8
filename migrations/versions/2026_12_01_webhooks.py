"""Whom a search's end is told, and how far that has come.

Revision: 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Double(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["search_id"], ["search.id"], name="fk_webhook_search_id_search", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("search_id", name="pk_webhook"),
    )
    op.create_index("ix_webhook_due", "webhook", ["due"])


def downgrade() -> None:
    op.drop_table("webhook")
