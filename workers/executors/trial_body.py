"""What a worker does for a trial, whoever runs the worker: train a step, keep a checkpoint, at the end the weights.

A `Seat` is for one trial after another. It never touches the database; files go to the artifact store under
``search/trial/attempt/``.
"""

import io
import logging
import os
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import safetensors.torch
import torch

from searchsvc.store import artifacts
from searchsvc.training import trials
from searchsvc.training.manifest import manifest
from searchsvc.training.report import Report
from searchsvc.training.trials import Trial
from spaces import configuration
from spaces.errors import Diverged, UserError

LACKS = ("allocate memory", "out of memory", "bad_alloc")  # what torch says of memory

log = logging.getLogger("searchsvc.worker")


class TrialBody:
    """A trial of the `config` that its pool made: configuration, seed, device, threads, store, folder, checkpoint,
    and the weights to start from.

    `begin` makes the trial; by default that which trains it.
    """

    def __init__(self, config: dict[str, Any], begin: Callable[..., Trial] | None = None) -> None:
        self.config = config
        self.begin = begin or trials.begin
        torch.set_num_threads(config["threads"])
        with _a_sentence_where_memory_lacks():
            self.trial = self._begun()
        self.unkept: Report | None = None  # of a step whose checkpoint or weights the store did not take
        if config["checkpoint"]:
            self._go_on_from(config["checkpoint"])

    def _begun(self) -> Trial:
        c = self.config
        config, every_epoch = configuration.read(c["configuration"]), c["costs_every_epoch"]
        weights = safetensors.torch.load(artifacts.read(c["store"], c["start"])) if c["start"] else None
        return self.begin(config, c["seed"], c["device"], costs_every_epoch=every_epoch, weights=weights)

    def _go_on_from(self, checkpoint: str) -> None:
        """From what another attempt kept; from the start if that is gone or damaged, as after a backup was restored."""
        try:
            stored = io.BytesIO(artifacts.read(self.config["store"], checkpoint))
            self.trial.restore(torch.load(stored, weights_only=True))
        except Exception as error:  # whatever is wrong with the file
            log.warning("checkpoint %s: begins again without it: %s: %s", checkpoint, type(error).__name__, error)
            self.trial = self._begun()

    def step(self) -> dict[str, Any]:
        """Train one step; the answer is plain data.

        Raises:
            artifacts.Unavailable: the store does not take what it gave; the next call tries again, and trains nothing.
        """
        with _a_sentence_where_memory_lacks():
            self.unkept = report = self.unkept or self.trial.step()
        kept = self._keep_checkpoint(report) if report.result is None else self._keep_weights()
        self.unkept = None
        return {
            "step": report.step,
            "metrics": report.metrics,
            "architecture": report.architecture,
            "result": self._result(report),
            "artifact": kept,
            "worker": f"{socket.gethostname()}/{os.getpid()}",
        }

    def _keep_checkpoint(self, report: Report) -> dict[str, Any]:
        state = io.BytesIO()
        torch.save(self.trial.state(), state)
        return self._write("checkpoint", f"checkpoint-{report.step}.pt", state.getvalue())

    def _keep_weights(self) -> dict[str, Any]:
        return self._write("weights", "weights.safetensors", safetensors.torch.save(self.trial.network.state_dict()))

    def _write(self, kind: str, name: str, data: bytes) -> dict[str, Any]:
        return {"kind": kind, **artifacts.write(self.config["store"], f"{self.config['folder']}/{name}", data)}

    def _result(self, report: Report) -> dict[str, Any] | None:
        if report.result is None:
            return None
        c = self.config
        r = report.result
        made_with = manifest(seed=c["seed"], device=c["device"], data_hash=r.data_hash, preprocessing=r.preprocessing)
        return {**vars(r), "manifest": made_with}


class Seat:
    """Where a worker's trials run, one after another."""

    def __init__(self, begin: Callable[..., Trial] | None = None) -> None:
        self.trial_of = begin
        self.config: dict[str, Any] = {}
        self.body: TrialBody | None = None

    def begin(self, config: dict[str, Any]) -> None:
        self.config, self.body = config, None

    def step(self) -> tuple[str, Any]:
        """What the next step came to, and what there is to say of it, in plain data for `Pool.happened`."""
        try:
            self.body = self.body or TrialBody(self.config, self.trial_of)
            return "stepped", self.body.step()
        except artifacts.Unavailable as error:
            return "blocked", str(error)
        except UserError as error:
            return ("diverged" if isinstance(error, Diverged) else "failed"), str(error)
        except Exception:
            return "failed", traceback.format_exc()


@contextmanager
def _a_sentence_where_memory_lacks() -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # which torch raises
        if isinstance(error, MemoryError) or any(words in str(error) for words in LACKS):
            raise UserError(
                "it needs more memory than there is; lower training.batch_size, time_steps or the network's size"
            ) from None
        raise
