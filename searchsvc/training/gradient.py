r"""Gradient descent, epoch by epoch.

A configuration with architecture parameters trains by the bilevel loop of DARTS, first order: half the training part
updates the weights, the other half the architecture parameters, in turn; weights never see that half. Any other trains
on the whole training part. What it makes small and how it is scored is the task's head.

The validation part scores an epoch; the test part is read once, after the last.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import Any

import torch
from torch import nn

from searchsvc.training import data as parts
from searchsvc.training import learned, optimisers
from searchsvc.training.compression import compressed
from searchsvc.training.report import Report, Result
from spaces import costs
from spaces.configuration import Architect, Configuration
from spaces.errors import Diverged
from spaces.fittings.params.gradient import Params
from spaces.latency import latency
from spaces.metrics import COMPRESSED
from spaces.networks import build
from spaces.tasks import Split


class Trial:
    """`step` trains one epoch. Everything random comes from `seed`, so equal trials give equal reports."""

    def __init__(
        self, config: Configuration, seed: int, device: str = "cpu", *, costs_every_epoch: bool = False
    ) -> None:
        assert isinstance(config.training, Params)
        self.config = config
        self.training = config.training
        self.seed = seed
        self.device = torch.device(device)
        self.costs_every_epoch = costs_every_epoch
        self.data, self.task = parts.load(config)
        self.network = build(config, seed=seed).to(self.device)
        costs.check(self.network)
        self.generator = torch.Generator().manual_seed(seed)
        self.epoch = 0
        self.seconds = 0.0
        self.optimiser, self.schedule = optimisers.of_weights(self.network, self.training)
        self.architect = optimisers.of_architecture(self.network, config.architect or Architect())

    def step(self) -> Report:
        """Train one epoch and score it on the validation part.

        Raises:
            Diverged: the loss, a parameter or the score is not finite.
        """
        started = time.perf_counter()
        with self._drawing():
            loss = self._bilevel_epoch(self.architect) if self.architect else self._epoch()
        self.schedule.step()
        self.epoch += 1
        if not isfinite(loss) or not all(bool(p.isfinite().all()) for p in self.network.parameters()):
            raise self._diverged(f"loss {loss}")
        score = self.score(self.data.validation)
        if not isfinite(score):
            raise self._diverged(f"{self.task.metric.name} {score}")
        self.seconds += time.perf_counter() - started
        metrics = {"train_loss": loss, self.task.metric.on("validation").full: score}
        if self.costs_every_epoch:
            metrics |= self._costs()[0]
        result = self._result(score) if self.epoch == self.training.epochs else None
        return Report(self.epoch, metrics, learned.layer_parameters(self.network), result)

    def state(self) -> dict[str, Any]:
        """Everything that training on from here needs, as tensors and plain data."""
        return {
            "epoch": self.epoch,
            "seconds": self.seconds,
            "generator": self.generator.get_state(),
            **{name: part.state_dict() for name, part in self._parts().items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`: the reports that follow are those of a trial that was never interrupted."""
        self.epoch, self.seconds = state["epoch"], state["seconds"]
        self.generator.set_state(state["generator"])
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        parts = {"network": self.network, "optimiser": self.optimiser, "schedule": self.schedule}
        return {**parts, "architect": self.architect} if self.architect else parts

    def score(self, part: Split, network: nn.Module | None = None) -> float:
        """What the network reaches on `part`, in the task's metric."""
        network = (network or self.network).eval()
        with torch.no_grad():
            every = (parts.prepared(self.data, batch, self.device) for batch in parts.in_order(part))
            score = self.data.head.score(network, every)
        network.train()
        return score

    def _diverged(self, said: str) -> Diverged:
        rates = f"training.lr (got {self.training.lr})"
        rates += f" or the architecture's lr (got {self.config.architect.lr})" if self.config.architect else ""
        return Diverged(f"training diverged in epoch {self.epoch} ({said}); lower {rates}")

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        """What layers draw (dropout) follows from seed and epoch, and leaves the global generators as they were."""
        gpus = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices=gpus):
            seed = (self.seed * 10_007 + self.epoch) % 2**63  # a prime above the number of epochs
            for generator in (torch.default_generator, *(torch.cuda.default_generators[g.index or 0] for g in gpus)):
                generator.manual_seed(seed)
            yield

    def _epoch(self) -> float:
        return _mean(self._update(self.optimiser, batch) for batch in self._batches(self.data.train))

    def _bilevel_epoch(self, architect: torch.optim.Optimizer) -> float:
        n = len(self.data.train.y) // 2
        first, second = _part(self.data.train, slice(0, n)), _part(self.data.train, slice(n, None))
        losses = []
        for weights_batch, alpha_batch in zip(self._batches(first), self._batches(second), strict=False):
            self._update(architect, alpha_batch)
            losses.append(self._update(self.optimiser, weights_batch))
        return _mean(iter(losses))

    def _batches(self, part: Split) -> Iterator[Split]:
        for batch in parts.batches(part, self.training.batch_size, self.generator):
            yield parts.prepared(self.data, batch, self.device, self.generator)

    def _update(self, optimiser: torch.optim.Optimizer, batch: Split) -> float:
        self.network.zero_grad()
        loss = self.data.head.loss(self.network(batch.x), batch.y, self.training)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        return loss.item()

    def _costs(self) -> tuple[dict[str, float], Sequence[costs.LayerCost]]:
        """In total by name, and of each layer."""
        batch = parts.prepared(self.data, next(parts.in_order(self.data.validation)), self.device)
        measured = costs.measure(self.network, batch.x)
        times = {"latency": latency(self.network, batch.x), "seconds": self.seconds}
        return {**measured.total(), **times}, measured.layers

    def _result(self, score: float) -> Result:
        total, layers = self._costs()
        metric = self.task.metric
        scores = {metric.on("validation").full: score, metric.on("test").full: self.score(self.data.test)}
        return Result(
            metrics={**scores, **total, **self._compressed()},
            layers=[vars(layer) for layer in layers],
            data_hash=self.data.fingerprint(),
            preprocessing=self.data.preprocessing,
        )

    def _compressed(self) -> dict[str, float]:
        """The accuracies with polynomials of the degree that the configuration asks for, if they get any shorter."""
        degree = self.training.compress_to
        shorter = compressed(self.network, degree) if degree else None
        if shorter is None:
            return {}
        held_out = {"validation": self.data.validation, "test": self.data.test}
        return {COMPRESSED.on(split).full: self.score(part, shorter) for split, part in held_out.items()}


def _part(split: Split, index: slice) -> Split:
    return Split(split.x[index], split.y[index])


def _mean(values: Iterator[float]) -> float:
    collected = list(values)
    return sum(collected) / len(collected)
