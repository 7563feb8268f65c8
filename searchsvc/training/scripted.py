"""A trial that trains nothing: what it reports is drawn from its configuration and seed.

For trying the service, and for tests of all but training. Each configuration has a level; scores rise to it step by
step, and seeds and the test part scatter around it. The network is the one that a real trial would begin with; costs
are counted on it, and what neurons learn of their own moves away from where it began. Where a result has the digest of
its data, that of a scripted trial says so, and nobody takes it for one that was trained.
"""

from random import Random
from typing import Any

import torch

from searchsvc.metrics.names import is_test
from searchsvc.strategy import LayerParameter
from searchsvc.training import learned
from searchsvc.training.report import Report, Result
from searchsvc.training.trials import Weights, start_from
from spaces import costs
from spaces.configuration import Configuration
from spaces.errors import Diverged
from spaces.fittings.params import gradient
from spaces.identity import fingerprint
from spaces.metrics import COMPRESSED
from spaces.multi_step import MultiStep
from spaces.networks import build

SCRIPTED = "scripted: nothing was trained"
LEVELS, SCATTER, DRIFT = (0.55, 0.9), 0.02, 0.5
STEP_SECONDS, LATENCY_SECONDS = 1.0, 1e-3  # what its reports say
DIVERGING_LR = 100.0


class Trial:
    """Each report is a function of configuration, seed and step, so a resumed trial goes on exactly."""

    def __init__(
        self,
        config: Configuration,
        seed: int,
        device: str = "cpu",
        *,
        costs_every_epoch: bool = False,
        weights: Weights | None = None,
    ) -> None:
        self.config, self.costs_every_epoch = config, costs_every_epoch
        self.key = fingerprint(config)
        self.draws = f"{self.key}/{seed}"
        self.network = build(config, seed=seed).to(device)
        start_from(weights, self.network)
        neurons = [module for module in self.network.modules() if isinstance(module, MultiStep)]
        self.learned = [parameter for neuron in neurons for parameter in neuron.parameters(recurse=False)]
        self.initial = [parameter.detach().clone() for parameter in self.learned]
        self.done = 0

    def step(self) -> Report:
        """Draw the next report.

        Raises:
            Diverged: the learning rate is such that training would diverge for sure.
        """
        self.done += 1
        training = self.config.training
        if isinstance(training, gradient.Params) and training.lr >= DIVERGING_LR:
            raise Diverged(f"training diverged in epoch {self.done}; lower training.lr (got {training.lr})")
        self._drift()
        scores = self._scores()
        told = {name: value for name, value in scores.items() if not is_test(name)}
        result = self._result(scores) if self.done == training.epochs else None
        if not isinstance(training, gradient.Params):  # what is fitted at once reports its score alone
            return Report(self.done, told, [], result)
        costs = self._costs()[0] if self.costs_every_epoch else {}
        return Report(self.done, {"train_loss": self._loss(), **told, **costs}, self._architecture(), result)

    def state(self) -> dict[str, Any]:
        return {"done": self.done}

    def restore(self, state: dict[str, Any]) -> None:
        self.done = state["done"]

    def _result(self, scores: dict[str, float]) -> Result:
        if not isinstance(self.config.training, gradient.Params):
            return Result({**scores, **self._sizes()}, [], SCRIPTED, {})
        total, layers = self._costs()
        return Result({**scores, **total, **self._compressed()}, layers, SCRIPTED, {})

    def _scores(self) -> dict[str, float]:
        """In the task's metric: a share, or what is missing of one where less is better."""
        assert self.config.task is not None
        metric = self.config.task.metric
        shares = {split: self._share(split) for split in ("validation", "test")}
        return {metric.on(split).full: s if metric.direction == "max" else 1 - s for split, s in shares.items()}

    def _loss(self) -> float:
        return 2.0 * (1.0 - self._share("validation"))

    def _architecture(self) -> list[LayerParameter]:
        return learned.layer_parameters(self.network)

    def _compressed(self) -> dict[str, float]:
        """As if a shorter polynomial cost a little of the scores, where that is asked for."""
        training = self.config.training
        degree = training.compress_to if isinstance(training, gradient.Params) else None
        if not degree or max((getattr(neuron, "degree", 0) for neuron in self.config.neurons), default=0) <= degree:
            return {}
        return {COMPRESSED.on(split).full: 0.95 * self._share(split) for split in ("validation", "test")}

    def _share(self, part: str) -> float:
        level = Random(self.key).uniform(*LEVELS)
        share = level * (1 - 0.5 ** (self.done + 1)) + self._draw(part).gauss(0.0, SCATTER)
        return min(1.0, max(0.0, share))

    def _draw(self, what: str) -> Random:
        return Random(f"{self.draws}/{self.done}/{what}")

    def _drift(self) -> None:
        """Move what neurons learn along a direction that is this trial's own."""
        draw = Random(f"{self.draws}/direction")
        with torch.no_grad():
            for parameter, initial in zip(self.learned, self.initial, strict=True):
                direction = torch.tensor([draw.gauss(0.0, DRIFT) for _ in range(initial.numel())])
                parameter.copy_(initial + direction.view_as(initial) * self.done / self.config.training.epochs)

    def _sizes(self) -> dict[str, float]:
        parameters = float(sum(parameter.numel() for parameter in self.network.parameters()))
        return {"parameters": parameters, "seconds": STEP_SECONDS * self.done * self._draw("speed").uniform(0.8, 1.2)}

    def _costs(self) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """Counted on one sample of noise."""
        generator = torch.Generator().manual_seed(0)
        x_B = torch.rand(1, *self.config.input_shape, generator=generator).to(next(self.network.parameters()).device)
        measured = costs.measure(self.network, x_B)
        layers = [vars(layer) for layer in measured.layers]
        return {
            **measured.total(),
            "latency": LATENCY_SECONDS * self._draw("latency").uniform(0.8, 1.2),
            **self._sizes(),
        }, layers
