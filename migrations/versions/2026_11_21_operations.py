"""Idempotency keys keep the answer to any request; what is archived is remembered.

Revision: 0002, after 0001.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEARCH = sa.table(
    "search",
    sa.column("id", sa.Uuid()),
    *(sa.column(name) for name in ("name", "kind", "seed", "total_trials", "created")),
    sa.column("spec", JSON),
)


def upgrade() -> None:
    op.create_table(
        "archive",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["search_id"], ["search.id"], name="fk_archive_search_id_search", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("search_id", "kind", name="pk_archive"),
    )
    keys = sa.table("idempotency", *map(sa.column, ("key", "created")), sa.column("search_id", sa.Uuid()))
    query = sa.select(keys.c.key, keys.c.created.label("used"), SEARCH).join(SEARCH, SEARCH.c.id == keys.c.search_id)
    kept = [_with_answer(row) for row in op.get_bind().execute(query)]
    op.drop_table("idempotency")
    made = op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency"),
    )
    op.bulk_insert(made, kept)


def downgrade() -> None:
    """The keys of submissions go back to what they were; 0001 has no place for those of other requests.

    Raises:
        RuntimeError: something is archived; 0001 could not say where.
    """
    if files := op.get_bind().scalar(sa.text("SELECT count(*) FROM archive")):
        raise RuntimeError(f"got {files} archived files, which schema 0001 cannot name; go back to a backup instead")
    op.drop_table("archive")
    keys = sa.table("idempotency", *map(sa.column, ("key", "created")), sa.column("headers", JSON))
    submissions = {
        UUID(row.headers["location"].rpartition("/")[2]): row
        for row in op.get_bind().execute(sa.select(keys))
        if "location" in row.headers
    }
    specs = op.get_bind().execute(sa.select(SEARCH.c.id, SEARCH.c.spec).where(SEARCH.c.id.in_(submissions)))
    kept = [
        {
            "key": submissions[search_id].key,
            "request_hash": _digest(spec),
            "search_id": search_id,
            "created": submissions[search_id].created,
        }
        for search_id, spec in specs
    ]
    op.drop_table("idempotency")
    made = op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["search.id"], name="fk_idempotency_search_id_search", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency"),
    )
    op.bulk_insert(made, kept)


def _with_answer(row: Any) -> dict[str, Any]:
    """A submission's key with the answer that 0.1.0 gave, when the search was new."""
    answer = {
        **{"id": str(row.id), "name": row.name, "kind": row.kind, "state": "queued", "seed": row.seed},
        "spec": row.spec,
        "progress": {"total": row.total_trials, "done": 0, "failed": 0, "running": 0, "fraction": 0.0},
        **{"conclusion": None, "error": None},
        "created": datetime.fromtimestamp(row.created, UTC).isoformat().replace("+00:00", "Z"),
        **{"started": None, "finished": None},
    }
    return {
        "key": row.key,
        "request_hash": _digest(["POST", "/v1/searches", row.spec]),
        "status": 201,
        "headers": {"location": f"/v1/searches/{row.id}"},
        "body": json.dumps(answer),
        "created": row.used,
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
