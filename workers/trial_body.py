"""What a worker does for a trial, whoever runs the worker: train a step, keep a checkpoint, at the end the weights.

It never touches the database; files go to the artifact store under ``search/trial/attempt/``.
"""

import io
import os
import socket
from typing import Any

import safetensors.torch
import torch

from searchsvc import artifacts
from searchsvc.manifest import manifest
from searchsvc.training import Report
from searchsvc.trials import begin
from spaces import configuration


class TrialBody:
    """A trial of the `config` that its pool made: configuration, seed, device, threads, store, folder, checkpoint."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        torch.set_num_threads(config["threads"])
        self.trial = begin(
            configuration.read(config["configuration"]),
            config["seed"],
            config["device"],
            costs_every_epoch=config["costs_every_epoch"],
        )
        if config["checkpoint"]:
            stored = io.BytesIO(artifacts.read(config["store"], config["checkpoint"]))
            self.trial.restore(torch.load(stored, weights_only=True))

    def step(self) -> dict[str, Any]:
        """Train one step; the answer is plain data."""
        report = self.trial.step()
        kept = self._keep_checkpoint(report) if report.result is None else self._keep_weights()
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
