"""The digits read pixel by pixel, row after row, as sequential MNIST is (Le, Jaitly & Hinton 2015)."""

from spaces.tasks import Data, _digits
from spaces.tasks.params.sequential_digits import Params


def load(params: Params | None = None) -> Data:
    """Grey values as float32 (N, 64, 1), scaled as those of task digits; classes as int64 (N,)."""
    return _digits.scaled((params or Params()).split_seed, Params.input_shape)
