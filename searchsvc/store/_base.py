"""What all tables share: names of constraints, types, identifiers."""

import os
import time
import uuid
from typing import Any

from sqlalchemy import JSON, Double, LargeBinary, MetaData, String
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}  # that may update instead
Json = JSON().with_variant(JSONB(), "postgresql")


def uuid7() -> uuid.UUID:
    """A random identifier that sorts by creation time (RFC 9562, section 5.7)."""
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - read once by SQLAlchemy
        dict[str, Any]: Json,
        list[Any]: Json,
        float: Double(),
        bytes: LargeBinary(),
        str: String(),
    }
