"""A trial as a Ray Tune Trainable: the body of a warm worker."""

import os
from typing import Any

from ray import tune

from workers import machine, memory
from workers.executors.trial_body import TrialBody


class TrialTrainable(tune.Trainable):  # type: ignore[misc]  # Ray says Any
    """`train` trains one step. `reset_config` gives a warm worker its next trial, so that torch is imported once."""

    def setup(self, config: dict[str, Any]) -> None:
        self.body: TrialBody | None = None
        if folder := config.get("current_folder"):
            os.chdir(folder)  # the runner's, where it has started this Ray
        memory.end_first()
        if not config["gpus"]:  # whose driver reserves more than any machine has
            memory.limit(config["memory"] or machine.memory_bytes())

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self.body = None  # made in the first step, where an exception is the trial's own
        return True

    def step(self) -> dict[str, Any]:
        if self.body is None:
            self.body = TrialBody(self.config)
        return self.body.step()

    def cleanup(self) -> None:
        self.body = None

    def _setup_logdir(self) -> None:
        """No folder in ~/ray_results for every trial: what a trial gives goes to the database."""
        self._logdir = None
