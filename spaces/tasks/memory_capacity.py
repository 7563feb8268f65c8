r"""Memory capacity (Jaeger 2001): how much of its past input a network still holds.

.. math:: C = \sum_{d=1}^{100} \left( \mathrm{corr}^2(u[t-d], o_d[t]) - \frac{1}{n-1} \right)

over the n steps of a held-out part, with :math:`o_d` a readout that was fitted, on other inputs, to the input of d
steps ago; a readout at step t has seen u[t], and d starts at 1. What is subtracted is the mean of the squared
correlation with shuffled inputs: over all permutations of them it is exactly 1 / (n - 1) (Pitman 1937), so that
nothing need be drawn.

Inputs are independent and uniform on [-1, 1]. The first 200 steps of every sequence do not count: the network forgets
there how it began. 6400 steps fit, 10400 validate, 10400 test.

Shapes: N sequences, T steps, K delays.
"""

import torch
from torch import Generator, Tensor

from spaces.heads import Regression
from spaces.tasks import Data, Split
from spaces.tasks.params.memory_capacity import Params

SEQUENCES = {"train": 8, "validation": 13, "test": 13}


def load(params: Params | None = None) -> Data:
    """Inputs as float32 (N, T, 1), and what they were 1, 2, ... steps ago as float32 (N, T, K).

    >>> data = load()
    >>> data.validation.x.shape, data.validation.y.shape
    (torch.Size([13, 1000, 1]), torch.Size([13, 1000, 100]))
    """
    generator = Generator().manual_seed((params or Params()).split_seed)
    train, validation, test = (_part(sequences, generator) for sequences in SEQUENCES.values())
    return Data(train, validation, test, head=Regression(capacity, Params.washout))


def _part(sequences: int, generator: Generator) -> Split:
    x_NT1 = torch.rand(sequences, *Params.input_shape, generator=generator) * 2 - 1
    return Split(x_NT1, delayed(x_NT1))


def delayed(x_NT1: Tensor, delays: int = Params.classes) -> Tensor:
    """The input of 1 to `delays` steps ago; 0 before there was any."""
    steps = x_NT1.shape[1]
    padded_NT1 = torch.nn.functional.pad(x_NT1, (0, 0, delays, 0))
    return torch.cat([padded_NT1[:, delays - d : delays - d + steps] for d in range(1, delays + 1)], -1)


def capacity(o_nK: Tensor, y_nK: Tensor) -> float:
    """C of readouts at n steps and what they were to recall; a readout that never changes recalls nothing."""
    o_nK, y_nK = (z - z.mean(0) for z in (o_nK.double(), y_nK.double()))
    powers_K = (o_nK**2).sum(0) * (y_nK**2).sum(0)
    squared_K = (o_nK * y_nK).sum(0) ** 2 / powers_K.clamp_min(torch.finfo(torch.float64).tiny)
    return float((squared_K - 1 / (len(o_nK) - 1)).sum())
