"""A trial of any configuration: by gradient descent (`training`), or by regression of its readout (`readout`)."""

from collections.abc import Callable
from typing import Any, Protocol

from torch import nn

from searchsvc import readout, training
from searchsvc.training import Report, Result
from spaces.configuration import Configuration, Ridge


class Trial(Protocol):
    """Equal configurations and seeds give equal reports."""

    @property
    def network(self) -> nn.Module: ...

    def step(self) -> Report:
        """Train the next step; the last one's report has the result."""

    def state(self) -> dict[str, Any]:
        """Everything that training on from here needs, as tensors and plain data."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`: the reports that follow are those of a trial that was never interrupted."""


def begin(config: Configuration, seed: int, device: str = "cpu", *, costs_every_epoch: bool = False) -> Trial:
    """The trial of `config` with `seed`, before its first step."""
    if isinstance(config.training, Ridge):
        return readout.Trial(config, seed, device)
    return training.Trial(config, seed, device, costs_every_epoch=costs_every_epoch)


def train(
    config: Configuration,
    seed: int = 0,
    *,
    device: str = "cpu",
    report: Callable[[Report], None] = lambda _: None,
) -> tuple[nn.Module, Result]:
    """Train `config` to its last step; `report` sees every step."""
    trial = begin(config, seed, device)
    while True:
        latest = trial.step()
        report(latest)
        if latest.result:
            return trial.network, latest.result
