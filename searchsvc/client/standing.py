"""How a search stands, in words and as a notebook shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from searchsvc.client.answers import Leaderboard
from searchsvc.client.notebook import paragraph
from searchsvc.metrics.words import called, left, standing

FINAL_STATES = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, repr=False)
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
        said = [standing(self.state, self.status["queue_place"]), f"{self.ended} of {total} trials"]
        return ", ".join(filter(None, [*said, left(self.status["progress"].get("seconds_left"))]))

    def __repr__(self) -> str:
        head = f"{self.name}: {self.words}"
        return f"{head}\n{self.board}" if self.board and self.board.rows else head

    def _repr_html_(self) -> str:
        reason = self.status["error"] or self.status["waiting"]
        bar = f'<progress max="1" value="{self.status["progress"]["fraction"]:.3f}"></progress>'
        head = f"<p><b>{escape(self.name)}</b>: {escape(self.words)} {'' if self.has_ended else bar}</p>"
        return head + paragraph(reason) + (self.board._repr_html_() if self.board else "")
