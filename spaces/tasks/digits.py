"""Real handwritten digits (Alpaydin & Kaynak 1998, as shipped with scikit-learn): 1797 images of 8 x 8.

Split 60/20/20 by seed, stratified; scaled by the mean and deviation of the training part alone.
"""

from spaces.tasks import Data, _digits
from spaces.tasks.params.digits import Params


def load(params: Params | None = None) -> Data:
    """Images as float32 (N, 1, 8, 8), classes as int64 (N,).

    >>> data = load()
    >>> [len(part.y) for part in (data.train, data.validation, data.test)]
    [1077, 360, 360]
    """
    return _digits.scaled((params or Params()).split_seed, Params.input_shape)
