"""Real handwritten digits (Alpaydin & Kaynak 1998, as shipped with scikit-learn): 1797 images of 8 x 8.

Split 60/20/20 by seed, stratified; scaled by the mean and deviation of the training part alone.
"""

from spaces.tasks import Data, Split, _digits
from spaces.tasks.params.digits import Params


def load(params: Params | None = None) -> Data:
    """Images as float32 (N, 1, 8, 8), classes as int64 (N,).

    >>> data = load()
    >>> [len(part.y) for part in (data.train, data.validation, data.test)]
    [1077, 360, 360]
    """
    parts = _digits.parts((params or Params()).split_seed)
    grey = parts[0].grey_NHW.double()
    mean, deviation = grey.mean().item(), grey.std(correction=0).item()
    train, validation, test = (Split(((part.grey_NHW - mean) / deviation)[:, None], part.y_N) for part in parts)
    return Data(train, validation, test, {"subtract": mean, "divide_by": deviation})
