"""A label names a candidate within its search, so that a version which adds fields to configurations finds it again.

Revision: 0006.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CANDIDATE = sa.table(
    "candidate",
    *(sa.column(name) for name in ("id", "hash", "origin", "label")),
    sa.column("configuration", JSON),
)


def upgrade() -> None:
    with op.batch_alter_table("candidate") as candidate:
        candidate.drop_constraint("uq_candidate_search_id_hash", type_="unique")
        candidate.drop_column("hash")
        candidate.create_unique_constraint("uq_candidate_search_id_label", ["search_id", "label"])


def downgrade() -> None:
    op.add_column("candidate", sa.Column("hash", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    for row in connection.execute(sa.select(CANDIDATE)).all():
        identity = json.dumps([row.origin, row.label, row.configuration], sort_keys=True)
        digest = hashlib.sha256(identity.encode()).hexdigest()
        connection.execute(sa.update(CANDIDATE).where(CANDIDATE.c.id == row.id).values(hash=digest))
    with op.batch_alter_table("candidate") as candidate:
        candidate.drop_constraint("uq_candidate_search_id_label", type_="unique")
        candidate.alter_column("hash", server_default=None)
        candidate.create_unique_constraint("uq_candidate_search_id_hash", ["search_id", "hash"])
