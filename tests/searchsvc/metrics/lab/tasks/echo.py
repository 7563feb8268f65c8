r"""Recall of a random input of 1 to 3 steps ago; in volt, the root of the mean squared error of all readouts."""

from lab.tasks.params.echo import Params
from torch import Generator, Tensor, rand, zeros_like

from spaces.heads import Regression
from spaces.tasks import Data, Split


def load(params: Params | None = None) -> Data:
    generator = Generator().manual_seed((params or Params()).split_seed)
    return Data(*(_part(sequences, generator) for sequences in (4, 5, 6)), head=Regression(error, Params.washout))


def _part(sequences: int, generator: Generator) -> Split:
    x_NT1 = rand(sequences, *Params.input_shape, generator=generator) * 2 - 1
    y_NTK = zeros_like(x_NT1).repeat(1, 1, Params.classes)
    for delay in range(1, Params.classes + 1):
        y_NTK[:, delay:, delay - 1] = x_NT1[:, :-delay, 0]
    return Split(x_NT1, y_NTK)


def error(o_nK: Tensor, y_nK: Tensor) -> float:
    return float((o_nK - y_nK).double().square().mean().sqrt())
