"""The Python client: what notebooks and scripts use, and the command line too."""

from searchsvc.client.answers import Event, Leaderboard, Reports, Row, Trials
from searchsvc.client.client import AsyncClient, AsyncSearch, Client, Search

__all__ = ["AsyncClient", "AsyncSearch", "Client", "Event", "Leaderboard", "Reports", "Row", "Search", "Trials"]
