"""The digits read pixel by pixel, row after row, as sequential MNIST is (Le, Jaitly & Hinton 2015)."""

from dataclasses import replace

from spaces.tasks import Data, Split, digits
from spaces.tasks.params.digits import Params as Digits
from spaces.tasks.params.sequential_digits import Params


def load(params: Params | None = None) -> Data:
    """Grey values as float32 (N, 64, 1), scaled as those of task digits; classes as int64 (N,)."""
    data = digits.load(Digits(split_seed=(params or Params()).split_seed))

    def read(part: Split) -> Split:
        return Split(part.x.reshape(-1, *Params.input_shape), part.y)

    return replace(data, train=read(data.train), validation=read(data.validation), test=read(data.test))
