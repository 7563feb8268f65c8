"""Names of searches as they are looked for: without differences of case, in all of Unicode.

Revision: 0013.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SEARCH = sa.table("search", sa.column("id", sa.Uuid()), sa.column("name"), sa.column("folded_name"))


def upgrade() -> None:
    op.add_column("search", sa.Column("folded_name", sa.String(), server_default="", nullable=False))
    connection = op.get_bind()
    for row in connection.execute(sa.select(SEARCH.c.id, SEARCH.c.name).where(SEARCH.c.name != "")).all():
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", row.name).casefold())
        connection.execute(sa.update(SEARCH).where(SEARCH.c.id == row.id).values(folded_name=folded))


def downgrade() -> None:
    op.drop_column("search", "folded_name")
