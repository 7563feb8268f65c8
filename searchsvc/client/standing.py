"""How a search stands, in words and as a notebook shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from searchsvc.client.answers import Leaderboard
from searchsvc.metrics.words import called

FINAL_STATES = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Standing:
    """What a service says of a search at one moment, and its leaderboard."""

    status: Mapping[str, Any]
    board: Leaderboard | None = None

    @property
    def state(self) -> str:
        return str(self.status["state"])

    @property
    def has_ended(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def name(self) -> str:
        spec = self.status["spec"]
        return called(self.status["name"], self.status["kind"], spec["task"]["name"])

    @property
    def ended(self) -> int:
        """Trials."""
        now = self.status["progress"]
        return int(now["done"] + now["pruned"] + now["failed"])

    @property
    def words(self) -> str:
        """Its state, its place while it waits, and how far it is."""
        total = self.status["progress"]["total"]
        said = [standing(self.status), f"{self.ended} of {total} trials"]
        left = self.status["progress"].get("seconds_left")
        return ", ".join(said + ([f"about {left:.0f} s left"] if left and not self.has_ended else []))

    def __str__(self) -> str:
        head = f"{self.name}: {self.words}"
        return f"{head}\n{self.board}" if self.board and self.board.rows else head

    def _repr_html_(self) -> str:
        reason = self.status["error"] or self.status.get("waiting") or ""
        head = f"<p><b>{escape(self.name)}</b>: {escape(self.words)}{escape(f'; {reason}' if reason else '')}</p>"
        bar = f'<progress max="1" value="{self.status["progress"]["fraction"]:.3f}"></progress>'
        board = f"<pre>{escape(str(self.board))}</pre>" if self.board and self.board.rows else ""
        return head + ("" if self.has_ended else bar) + board


def standing(search: Mapping[str, Any]) -> str:
    """The state of a search, and its place while it waits.

    >>> standing({"state": "queued", "queue_place": 3}), standing({"state": "running", "queue_place": None})
    ('waiting, 3. in the queue', 'running')
    """
    state, place = str(search["state"]), search.get("queue_place")
    return (f"waiting, {place}. in the queue" if place else "waiting") if state == "queued" else state
