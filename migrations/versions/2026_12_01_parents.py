"""Trials that start from another's trained weights, candidates made from others, and how many trials make one count.

Revision: 0019. Earlier trials start from nothing, and a candidate counts with as many trials as its search says.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

SEEDS = {
    "sqlite": "CAST(json_extract(spec, '$.seeds') AS INTEGER)",
    "postgresql": "CAST(spec ->> 'seeds' AS INTEGER)",
}


def upgrade() -> None:
    op.add_column("trial", sa.Column("start_from", sa.Integer(), nullable=True))
    op.add_column("candidate", sa.Column("parent", sa.Integer(), nullable=True))
    op.add_column("candidate", sa.Column("seeds", sa.Integer(), nullable=False, server_default="1"))
    said = SEEDS[op.get_bind().dialect.name]
    op.execute(f"UPDATE candidate SET seeds = (SELECT {said} FROM search WHERE search.id = candidate.search_id)")


def downgrade() -> None:
    for table, columns in (("trial", ["start_from"]), ("candidate", ["parent", "seeds"])):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
