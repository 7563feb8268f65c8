r"""One trial of a network that stays as it was drawn: its readout is fitted by ridge regression, in one step.

.. math:: W = Y^T R (R^T R + \lambda n \bar{r^2} I)^{-1}

of the states R (n steps x N) and what the readout should give there, Y (n steps x K), both centred on the fitted part;
:math:`\bar{r^2}` is the mean square of a centred state, :math:`\lambda` the regularisation. Steps within the task's
washout do not count. The validation part scores the trial; the test part is read once and never ranks.

Shapes: T steps, B sequences, N units, K readouts, n steps of all sequences together.
"""

import time
from typing import Any

import torch
from torch import Tensor, nn

from searchsvc.training import Report, Result, check_shapes, load
from spaces.configuration import Configuration, Ridge
from spaces.errors import TrialError
from spaces.networks import build
from spaces.tasks import Split


class Trial:
    """`step` fits the readout. Everything random comes from `seed`."""

    def __init__(self, config: Configuration, seed: int, device: str = "cpu") -> None:
        assert isinstance(config.training, Ridge)
        self.data, self.task = load(config)
        check_shapes(config, self.data.train.x.shape[1:], self.data.train.y.shape[-1])
        self.regularisation = config.training.regularisation
        self.device = torch.device(device)
        self.network = build(config, seed=seed).to(self.device)

    def step(self) -> Report:
        """Fit the readout and score it.

        Raises:
            TrialError: a state of the network is not finite.
        """
        started = time.perf_counter()
        with torch.no_grad():
            readout: nn.Linear = self.network.readout  # type: ignore[assignment]
            fit(readout, self._states(self.data.train), self._targets(self.data.train), self.regularisation)
            scores = {"validation": self._score(self.data.validation), "test": self._score(self.data.test)}
        costs = {
            "parameters": float(sum(p.numel() for p in self.network.parameters())),
            "seconds": time.perf_counter() - started,
        }
        about = {"metric": self.task.metric, "direction": "max"}
        further = [{**about, "split": split, "value": value} for split, value in scores.items()]
        result = Result(None, None, costs, [], self.data.fingerprint(), self.data.preprocessing, further)
        return Report(1, {self.task.metric: scores["validation"]}, [], result)

    def state(self) -> dict[str, Any]:
        """Nothing: there is one step, and so nothing to go on from."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass

    def _states(self, part: Split) -> Tensor:
        states_TBN: Tensor = self.network.states(part.x.to(self.device))  # type: ignore[operator]
        if not states_TBN.isfinite().all():
            raise TrialError("the reservoir's states are not finite; lower its gains")
        return states_TBN[self.task.washout :].flatten(0, 1)

    def _targets(self, part: Split) -> Tensor:
        return part.y.to(self.device).transpose(0, 1)[self.task.washout :].flatten(0, 1)

    def _score(self, part: Split) -> float:
        assert self.data.score is not None
        return self.data.score(self.network.readout(self._states(part)), self._targets(part))  # type: ignore[operator]


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
