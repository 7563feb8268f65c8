r"""A network that stays as it was drawn: its readout is fitted by ridge regression, in one step.

.. math:: W = Y^T R (R^T R + \lambda n \bar{r^2} I)^{-1}

of the states R (n steps x N) and what the readout should give there, Y (n steps x K), both centred on the fitted part;
:math:`\bar{r^2}` is the mean square of a centred state, :math:`\lambda` the regularisation. Steps within the task's
washout do not count. The validation part scores the trial; the test part is read once and never ranks.

Shapes: T steps, B sequences, N units, K readouts, n steps of all sequences together.
"""

import time
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from searchsvc.training import data as parts
from searchsvc.training.report import Report, Result
from spaces.configuration import Configuration
from spaces.errors import Diverged
from spaces.fittings.params.ridge import Params
from spaces.heads import Regression
from spaces.networks import build
from spaces.tasks import Split


class Trial:
    """`step` fits the readout. Everything random comes from `seed`; one step has all costs, so none are of an epoch."""

    def __init__(
        self, config: Configuration, seed: int, device: str = "cpu", *, costs_every_epoch: bool = False
    ) -> None:
        assert isinstance(config.training, Params)
        self.data, self.task = parts.load(config)
        self.regularisation = config.training.regularisation
        self.device = torch.device(device)
        self.network = build(config, seed=seed).to(self.device)

    @property
    def head(self) -> Regression:
        assert isinstance(self.data.head, Regression)
        return self.data.head

    def step(self) -> Report:
        """Fit the readout and score it.

        Raises:
            Diverged: a state of the network or a score is not finite, or no readout fits the states.
        """
        started = time.perf_counter()
        with torch.no_grad():
            self._fit(self._prepared(self.data.train))
            scores = {"validation": self._score(self.data.validation), "test": self._score(self.data.test)}
        metrics = {self.task.metric.on(split).full: score for split, score in scores.items()} | {
            "parameters": float(sum(p.numel() for p in self.network.parameters())),
            "seconds": time.perf_counter() - started,
        }
        if not all(map(isfinite, scores.values())):
            raise Diverged(f"the readout's scores are not finite ({scores}); lower the network's gains")
        result = Result(metrics, [], self.data.fingerprint(), self.data.preprocessing)
        return Report(1, {self.task.metric.on("validation").full: scores["validation"]}, [], result)

    def state(self) -> dict[str, Any]:
        """Nothing: there is one step, and so nothing to go on from."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass

    def _fit(self, part: Split) -> None:
        states_TBN: Tensor = self.network.states(part.x)  # type: ignore[operator]
        if not states_TBN.isfinite().all():
            raise Diverged("the reservoir's states are not finite; lower its gains")
        readout: nn.Linear = self.network.readout  # type: ignore[assignment]
        try:
            fit(readout, self.head.steps(states_TBN), self.head.of(part.y), self.regularisation)
        except torch.linalg.LinAlgError as error:  # type: ignore[attr-defined]
            raise Diverged(f"no readout can be fitted to the states ({error}); raise regularisation") from None

    def _score(self, part: Split) -> float:
        return self.head.score(self.network, [self._prepared(part)])

    def _prepared(self, part: Split) -> Split:
        return parts.prepared(self.data, part, self.device)


def fit(readout: nn.Linear, r_nN: Tensor, y_nK: Tensor, regularisation: float) -> None:
    """Give the readout the weights of ridge regression; its bias is free of the penalty. Solved in double precision."""
    r_nN, y_nK = r_nN.double(), y_nK.double()
    mean_N, mean_K = r_nN.mean(0), y_nK.mean(0)
    centred_nN = r_nN - mean_N
    gram_NN = centred_nN.T @ centred_nN
    penalty = regularisation * gram_NN.diagonal().mean().clamp_min(torch.finfo(torch.float64).tiny)
    gram_NN.diagonal().add_(penalty)
    weight_NK = torch.cholesky_solve(centred_nN.T @ (y_nK - mean_K), torch.linalg.cholesky(gram_NN))
    readout.weight.copy_(weight_NK.T)
    readout.bias.copy_(mean_K - mean_N @ weight_NK)
