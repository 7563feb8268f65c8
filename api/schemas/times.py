"""Moments, as the API gives them."""

from datetime import UTC, datetime


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
