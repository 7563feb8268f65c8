"""A candidate is a configuration: a fingerprint of it, and further labels beside the first.

Candidates of earlier releases have no fingerprint, since several of a search may have one configuration.

Revision: 0016.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("candidate", sa.Column("aliases", JSON, nullable=False, server_default="[]"))
    op.add_column("candidate", sa.Column("fingerprint", sa.String(), nullable=True))
    op.create_index("ix_candidate_search_id_fingerprint", "candidate", ["search_id", "fingerprint"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_candidate_search_id_fingerprint", "candidate")
    with op.batch_alter_table("candidate") as batch:
        batch.drop_column("fingerprint")
        batch.drop_column("aliases")
