"""The queue in its order: searches by state and id, in place of state and lease.

Revision: 0012.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_search_state_lease_until", "search")
    op.create_index("ix_search_state_id", "search", ["state", "id"])


def downgrade() -> None:
    op.drop_index("ix_search_state_id", "search")
    op.create_index("ix_search_state_lease_until", "search", ["state", "lease_until"])
