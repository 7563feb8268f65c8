"""Alembic migrations: one dated file a change, on SQLite and PostgreSQL. They travel in the wheel."""
