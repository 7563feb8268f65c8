r"""NARMA-10 (Atiya & Parlos 2000): a nonlinear autoregressive moving average of order 10, to be followed step by step.

.. math:: y[t+1] = 0.3 y[t] + 0.05 y[t] \sum_{i=0}^{9} y[t-i] + 1.5 u[t-9] u[t] + 0.1

with inputs u independent and uniform on [0, 0.5], and y 0 before. A readout that has seen u[t] is to give y[t+1]. The
system can run away; a sequence in which y exceeds 1 is drawn anew. Networks see (u - 0.25) / 0.25, and give y scaled by
mean and deviation of the training part. The score is the normalised root of the mean squared error (NRMSE): 0 is
perfect, and 1 what the mean of the targets gives.

The first 50 steps of every sequence do not count: network and system forget there how they began. 64 sequences fit
(9600 steps), 16 validate, 16 test.

Shapes: N sequences, T steps.
"""

import torch
from torch import Generator, Tensor

from spaces.heads import Regression
from spaces.heads.regression import nrmse
from spaces.tasks import Data, Split
from spaces.tasks.params.narma10 import Params

SEQUENCES = (64, 16, 16)  # train, validation, test
HALF = 0.25  # the inputs' mean, and the most that they are away from it
ORDER = 10


def load(params: Params | None = None) -> Data:
    """Inputs as float32 (N, T, 1) and targets as float32 (N, T, 1).

    >>> data = load()
    >>> data.train.x.shape, data.test.y.shape
    (torch.Size([64, 200, 1]), torch.Size([16, 200, 1]))
    """
    generator = Generator().manual_seed((params or Params()).split_seed)
    u_NT = _inputs(sum(SEQUENCES), generator)
    x_NT1, y_NT = ((u_NT - HALF) / HALF)[..., None].float(), narma(u_NT)
    seen = y_NT[: SEQUENCES[0], Params.washout :]
    mean, deviation = seen.mean().item(), seen.std(correction=0).item()
    y_NT1 = ((y_NT - mean) / deviation)[..., None].float()
    sizes = list(SEQUENCES)
    parts = zip(x_NT1.split_with_sizes(sizes), y_NT1.split_with_sizes(sizes), strict=True)
    train, validation, test = (Split(x, y) for x, y in parts)
    scaling = {"subtract": HALF, "divide_by": HALF, "target_subtract": mean, "target_divide_by": deviation}
    return Data(train, validation, test, scaling, head=Regression(nrmse, Params.washout))


def narma(u_NT: Tensor) -> Tensor:
    """What the system gives after each input."""
    y_NT, before = torch.zeros_like(u_NT), torch.zeros_like(u_NT[:, 0])
    for t in range(u_NT.shape[1]):
        recent = y_NT[:, max(0, t - ORDER) : t].sum(1)
        earlier = u_NT[:, t - ORDER + 1] if t >= ORDER - 1 else torch.zeros_like(before)
        before = y_NT[:, t] = 0.3 * before + 0.05 * before * recent + 1.5 * earlier * u_NT[:, t] + 0.1
    return y_NT


def _inputs(n: int, generator: Generator) -> Tensor:
    """Of `n` sequences in which the system does not run away."""
    found: list[Tensor] = []
    while len(found) < n:
        u_NT = 2 * HALF * torch.rand(n, Params.input_shape[0], generator=generator, dtype=torch.float64)
        found += u_NT[(narma(u_NT) <= 1).all(1)].unbind()
    return torch.stack(found[:n])
