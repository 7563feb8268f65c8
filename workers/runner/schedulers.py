"""Schedulers of Ray Tune, driven by recorded reports in their recorded order.

The order decides what ASHA does, so a runner that takes a search over feeds the stored reports again and goes on as the
one before it would have.
"""

from types import SimpleNamespace
from typing import Any

from searchsvc.kinds import BaseJob
from searchsvc.kinds._base import Asha as Params
from spaces.metrics import Direction


class Asha:
    """Asynchronous successive halving (Li et al. 2020) by Ray Tune's own implementation."""

    def __init__(self, asha: Params, direction: Direction, steps: int) -> None:
        from ray.tune.schedulers import AsyncHyperBandScheduler  # seconds of import, for searches that want it

        self.scheduler = AsyncHyperBandScheduler(
            metric="score",
            mode=direction,
            max_t=steps,
            grace_period=min(asha.grace_period, steps),
            reduction_factor=asha.reduction_factor,
        )
        self.trials: dict[int, Any] = {}

    def decide(self, trial: int, step: int, score: float) -> str:
        """``continue`` or ``stop``, after trial number `trial` has reported `score` at `step`."""
        if trial not in self.trials:
            self.trials[trial] = SimpleNamespace(
                trial_id=str(trial), config={}, status="RUNNING", last_result={}, evaluated_params={}
            )
            self.scheduler.on_trial_add(None, self.trials[trial])
        result = {"training_iteration": step, "score": score}
        decision = self.scheduler.on_trial_result(None, self.trials[trial], result)
        return "stop" if decision == self.scheduler.STOP else "continue"


def make(job: BaseJob) -> Asha | None:
    """None: every trial runs to its end."""
    return Asha(job.scheduler, job.objective.direction, job.trial_steps) if job.scheduler else None
