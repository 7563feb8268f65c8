"""What the service promises of searches and trials, in plain Python: who may write what, and what it then becomes.

The state machine of `test_model` does everything twice, to this model and to the rows, and compares.
"""

from dataclasses import dataclass, field
from typing import Any

LEASE_SECONDS = 30.0
STEPS = 2
MAX_LOSSES = 5
FINAL = ("succeeded", "failed", "cancelled")


@dataclass
class Trial:
    state: str = "pending"
    attempt: int = 1
    losses: int = 0
    reported: dict[int, int] = field(default_factory=dict)  # the attempt that reported each step

    @property
    def next_step(self) -> int:
        return max(self.reported, default=0) + 1

    def again(self, *, loss: bool) -> None:
        """Its worker or runner has gone."""
        self.losses += loss
        if self.losses >= MAX_LOSSES:
            self.state = "failed"
        else:
            self.state, self.attempt = "pending", self.attempt + 1


@dataclass
class Search:
    state: str = "queued"
    desired: str = "run"
    owner: object = None
    epoch: int = 0
    lease_until: float | None = None
    declined: bool = False  # by the last runner that had it
    trials: list[Trial] = field(default_factory=list)

    def lost(self, clock: float, runner: object, held: bool) -> bool:
        """Whether it has begun and nobody runs it as far as `runner` knows: no longer, or its own without knowing."""
        unowned = self.lease_until is None or self.lease_until < clock
        return self.state in ("running", "cancelling") and (unowned or (self.owner == runner and not held))

    def holds(self, owner: object, epoch: int) -> bool:
        """Whether a write under this lease counts."""
        return (self.owner, self.epoch) == (owner, epoch)

    def claim(self, owner: object, clock: float) -> None:
        self.owner, self.epoch, self.lease_until = owner, self.epoch + 1, clock + LEASE_SECONDS
        self.state = "running" if self.state == "queued" else self.state
        self.declined = False
        self.interrupt()

    def interrupt(self, but: tuple[int, ...] = ()) -> None:
        for number, trial in enumerate(self.trials):
            if trial.state == "running" and number not in but:
                trial.again(loss=False)

    def set_down(self) -> None:
        """Nobody runs it any more."""
        self.interrupt()
        self.owner = self.lease_until = None
        if self.state == "running":
            self.state = "paused" if self.desired == "pause" else "queued"

    @property
    def tells(self) -> int:
        """How many trials have given a result."""
        return sum(trial.state == "done" for trial in self.trials)

    def may_start_from(self, number: int | None) -> bool:
        """Whether that trial has learned something: what starts from it comes after its result."""
        return number is None or self.trials[number].state == "done"

    def first_pending(self) -> int | None:
        pending = (number for number, trial in enumerate(self.trials) if trial.state == "pending")
        return next(pending, None) if self.state == "running" else None

    def wants_a_pause(self) -> bool:
        return self.desired == "pause" and self.state == "running"

    def end(self, state: str) -> None:
        for trial in self.trials:
            if trial.state in ("pending", "running"):
                trial.state = "cancelled"
        self.state = "cancelled" if self.desired == "cancel" else "gone" if self.desired == "delete" else state
        self.owner = None if self.state == "gone" else self.owner

    # What users ask for; False means refused (409).

    def cancel(self) -> bool:
        if self.state in FINAL:
            return self.state == "cancelled"
        if self.state != "cancelling":
            self.desired = "cancel"
            if self.state in ("queued", "paused"):
                self.end("cancelled")
            else:
                self.state = "cancelling"
        return True

    def remove(self) -> bool:
        self.desired = "delete"
        if self.state in ("queued", "paused", *FINAL):
            self.end("gone")
        else:
            self.state = "cancelling"
        return True

    def pause(self) -> bool:
        if self.state in ("cancelling", *FINAL):
            return False
        if self.desired != "pause":
            self.desired = "pause"
            self.state = "paused" if self.state == "queued" else self.state
        return True

    def retry(self) -> bool:
        if self.state != "failed":
            return False
        for trial in self.trials:
            if trial.state in ("failed", "cancelled"):
                trial.state, trial.attempt, trial.losses = "pending", trial.attempt + 1, 0
        self.state, self.desired = "queued", "run"
        self.owner = self.lease_until = None
        return True

    def resume(self) -> bool:
        if self.desired != "pause" or self.state in FINAL:
            return False
        self.desired = "run"
        self.state = "queued" if self.state == "paused" else self.state
        return True


def to_claim(searches: dict[Any, Search], lost: list[Any], queue: list[Any], limit: int) -> tuple[list[Any], list[Any]]:
    """Which of these a runner with so many places takes, in order; and which lost ones are queued again."""
    taken: list[Any] = []
    for search_id in lost:
        if len(taken) < limit or searches[search_id].state == "cancelling":
            taken.append(search_id)
    requeued = [search_id for search_id in lost if search_id not in taken]
    return taken + queue[: max(0, limit - len(taken))], requeued
