"""The Python client: what notebooks and scripts use, and the command line too."""

from searchsvc.client.answers import Event, Leaderboard, Row
from searchsvc.client.client import Client, Search

__all__ = ["Client", "Event", "Leaderboard", "Row", "Search"]
