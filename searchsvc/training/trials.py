"""A trial of any configuration: what each fitting's ``Trial`` is, and how one runs to its end."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from torch import Tensor, nn

from searchsvc.training.report import Report, Result
from spaces import catalog
from spaces.configuration import Configuration
from spaces.errors import UserError

Weights = Mapping[str, Tensor]  # a network's state, by name


class Trial(Protocol):
    """Equal configurations and seeds give equal reports, whatever else draws."""

    @property
    def network(self) -> nn.Module: ...

    def step(self) -> Report:
        """Fit the next step; the last one's report has the result.

        Raises:
            Diverged: what it fits, or the score of it, is not finite.
        """

    def state(self) -> dict[str, Any]:
        """Everything that going on from here needs, as tensors and plain data."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`: the reports that follow are those of a trial that was never interrupted."""


def begin(
    config: Configuration,
    seed: int,
    device: str = "cpu",
    *,
    costs_every_epoch: bool = False,
    weights: Weights | None = None,
) -> Trial:
    """The trial of `config` with `seed`, before its first step; with these trained `weights` instead of drawn ones.

    Raises:
        UserError: the weights are not those of such a network.
    """
    fitting = catalog.fittings.load(config.training.name)
    trial: Trial = fitting.Trial(config, seed, device, costs_every_epoch=costs_every_epoch)
    start_from(weights, trial.network)
    return trial


def start_from(weights: Weights | None, network: nn.Module) -> None:
    """Give the network these weights, if there are some.

    Raises:
        UserError: they are not those of such a network.
    """
    if weights is None:
        return
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise UserError(f"start_from: got weights that do not fit: {error}; give those of the same network") from None


def train(
    config: Configuration,
    seed: int = 0,
    *,
    device: str = "cpu",
    report: Callable[[Report], None] = lambda _: None,
    weights: Weights | None = None,
) -> tuple[nn.Module, Result]:
    """Train `config` to its last step; `report` sees every step."""
    trial = begin(config, seed, device, weights=weights)
    while True:
        latest = trial.step()
        report(latest)
        if latest.result:
            return trial.network, latest.result
