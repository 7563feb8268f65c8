r"""One trial: train a configuration with one seed, epoch by epoch.

A configuration with architecture parameters trains by the bilevel loop of DARTS, first order: half the training part
updates the weights, the other half the architecture parameters, in turn; weights never see that half. Any other trains
on the whole training part. The loss is cross-entropy or TET's

.. math:: L = \frac1T \sum_t (1 - \lambda) CE(O[t], y) + \lambda MSE(O[t], V_{th})

The validation part scores an epoch; the test part is read once, after the last.

Shapes: N samples, B batch, T steps, K classes.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from math import cos, isfinite, pi
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from searchsvc import learned
from searchsvc.compression import compressed
from searchsvc.strategy import LayerParameter
from spaces import catalog, costs
from spaces.configuration import Architect, Configuration, Task, Training
from spaces.errors import TrialError, UserError
from spaces.latency import latency
from spaces.networks import build
from spaces.tasks import Data, Split

EVALUATION_BATCH = 512


@dataclass(frozen=True)
class Report:
    """What one epoch gave. `architecture`: what each layer's neuron has learned of its own."""

    step: int  # from 1
    metrics: dict[str, float]
    architecture: list[LayerParameter] = field(default_factory=list)
    result: "Result | None" = None  # of the last epoch


@dataclass(frozen=True)
class Result:
    """What a finished trial gave. `validation_accuracy` ranks; `test_accuracy` is reported and never ranks."""

    validation_accuracy: float | None  # None where something else than accuracy scores
    test_accuracy: float | None
    costs: dict[
        str, float
    ]  # as far as measured: parameters, macs, acs, sops, updates, firing_rate, energy (J), latency (s), seconds
    layers: list[dict[str, float | str | None]]
    data_hash: str
    preprocessing: dict[str, float]
    metrics: list[dict[str, Any]] = field(default_factory=list)  # further ones: metric, split, direction, value

    def means(self) -> dict[str, float]:
        """Every metric by its name on the leaderboard."""
        accuracies = {"accuracy/validation": self.validation_accuracy, "accuracy/test": self.test_accuracy}
        found = {name: value for name, value in accuracies.items() if value is not None}
        return {**found, **self.costs, **{f"{m['metric']}/{m['split']}": m["value"] for m in self.metrics}}


class Trial:
    """`step` trains one epoch. Everything random comes from `seed`, so equal trials give equal reports."""

    def __init__(
        self, config: Configuration, seed: int, device: str = "cpu", *, costs_every_epoch: bool = False
    ) -> None:
        assert isinstance(config.training, Training)
        self.config = config
        self.training = config.training
        self.seed = seed
        self.device = torch.device(device)
        self.costs_every_epoch = costs_every_epoch
        self.data, _ = load(config)
        check_shapes(config, self.data.train.x.shape[1:], int(self.data.train.y.max()) + 1)
        self.network = build(config, seed=seed).to(self.device)
        self.generator = torch.Generator().manual_seed(seed)
        self.epoch = 0
        self.seconds = 0.0
        architecture = learned.architecture_parameters(self.network)
        t = self.training
        weights = learned.parameter_groups(self.network, t)
        self.optimiser = torch.optim.SGD(weights, t.lr, t.momentum, weight_decay=t.weight_decay)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, partial(_rate, t))
        a = config.architect or Architect()
        self.architect = (
            torch.optim.Adam(architecture, a.lr, (0.5, 0.999), weight_decay=a.weight_decay) if architecture else None
        )

    def step(self) -> Report:
        """Train one epoch and score it on the validation part.

        Raises:
            TrialError: the loss or a parameter is not finite.
        """
        started = time.perf_counter()
        with self._drawing():
            loss = self._bilevel_epoch(self.architect) if self.architect else self._epoch()
        self.schedule.step()
        self.epoch += 1
        if not isfinite(loss) or not all(bool(p.isfinite().all()) for p in self.network.parameters()):
            rates = f"training.lr (got {self.training.lr})"
            rates += f" or the architecture's lr (got {self.config.architect.lr})" if self.config.architect else ""
            raise TrialError(f"training diverged in epoch {self.epoch} (loss {loss}); lower {rates}")
        accuracy = self.accuracy(self.data.validation)
        self.seconds += time.perf_counter() - started
        metrics = {"train_loss": loss, "validation_accuracy": accuracy}
        if self.costs_every_epoch:
            metrics |= self._costs()[0]
        result = self._result(accuracy) if self.epoch == self.training.epochs else None
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

    def accuracy(self, part: Split, network: nn.Module | None = None) -> float:
        """Share of `part` that the mean readout over time of the network classifies rightly."""
        network = (network or self.network).eval()
        with torch.no_grad():
            hits = sum(
                int((network(self._prepared(x)).mean(0).argmax(1).cpu() == y).sum())
                for x, y in zip(
                    torch.split(part.x, EVALUATION_BATCH), torch.split(part.y, EVALUATION_BATCH), strict=True
                )
            )
        network.train()
        return hits / len(part.y)

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
        """Shuffled batches; a last batch of one sample, which BatchNorm could not normalise, is left out."""
        order_N = torch.randperm(len(part.y), generator=self.generator)
        for index_B in torch.split(order_N, self.training.batch_size):
            if len(index_B) > 1:
                yield Split(self._prepared(part.x[index_B], self.generator), part.y[index_B].to(self.device))

    def _prepared(self, x_B: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return self.data.prepare(x_B, generator).to(self.device)

    def _update(self, optimiser: torch.optim.Optimizer, batch: Split) -> float:
        self.network.zero_grad()
        loss = self._loss(self.network(batch.x), batch.y)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        return loss.item()

    def _loss(self, o_TBK: Tensor, y_B: Tensor) -> Tensor:
        t = self.training
        if t.loss == "cross_entropy":
            return cross_entropy(o_TBK.mean(0), y_B, label_smoothing=t.label_smoothing)
        threshold = torch.ones_like(o_TBK)
        labels_TB = y_B.expand(len(o_TBK), -1)
        ce = cross_entropy(o_TBK.flatten(0, 1), labels_TB.flatten(), label_smoothing=t.label_smoothing)
        return (1 - t.tet_lambda) * ce + t.tet_lambda * mse_loss(o_TBK, threshold)

    def _costs(self) -> tuple[dict[str, float], Sequence[costs.LayerCost]]:
        """In total by name, and of each layer."""
        x_B = self._prepared(self.data.validation.x[:EVALUATION_BATCH])
        measured = costs.measure(self.network, x_B)
        times = {"latency": latency(self.network, x_B), "seconds": self.seconds}
        return {**measured.total(), **times}, measured.layers

    def _result(self, validation_accuracy: float) -> Result:
        total, layers = self._costs()
        return Result(
            validation_accuracy=validation_accuracy,
            test_accuracy=self.accuracy(self.data.test),
            costs=total,
            layers=[vars(layer) for layer in layers],
            data_hash=self.data.fingerprint(),
            preprocessing=self.data.preprocessing,
            metrics=self._compressed(),
        )

    def _compressed(self) -> list[dict[str, Any]]:
        """The accuracies with polynomials of the degree that the configuration asks for, if they get any shorter."""
        degree = self.training.compress_to
        shorter = compressed(self.network, degree) if degree else None
        if shorter is None:
            return []
        parts = {"validation": self.data.validation, "test": self.data.test}
        about = {"metric": "compressed_accuracy", "direction": "max"}
        return [{**about, "split": name, "value": self.accuracy(part, shorter)} for name, part in parts.items()]


def load(config: Configuration) -> tuple[Data, Task]:
    """The data of a configuration's task.

    Raises:
        UserError: it names none.
    """
    if config.task is None:
        raise UserError("configuration: got task null; name a task of the catalog to train on")
    return _data(config.task), config.task


@lru_cache(maxsize=2)
def _data(task: Task) -> Data:
    """A task's data, kept between the trials of a warm worker. Parameter models are frozen, so they hash by value."""
    data: Data = catalog.tasks.load(task.name).load(task)
    return data


def check_shapes(config: Configuration, shape: Sequence[int], classes: int) -> None:
    """Refuse a configuration by hand for other samples than those of its task.

    Raises:
        UserError: naming both shapes.
    """
    if config.input_shape != tuple(shape) or config.classes < classes:
        raise UserError(
            f"configuration: got input_shape {list(config.input_shape)} and {config.classes} classes; "
            f"the data of task {config.task and config.task.name} needs {list(shape)} and {classes}"
        )


def _rate(training: Training, epoch: int) -> float:
    """Share of the learning rate in `epoch` (from 0): a straight line up, then half a cosine down."""
    warmup = training.warmup_epochs
    if epoch < warmup:
        return (epoch + 1) / (warmup + 1)
    return (1 + cos(pi * (epoch - warmup) / (training.epochs - warmup))) / 2 if epoch < training.epochs else 0.0


def _part(split: Split, index: slice) -> Split:
    return Split(split.x[index], split.y[index])


def _mean(values: Iterator[float]) -> float:
    collected = list(values)
    return sum(collected) / len(collected)
