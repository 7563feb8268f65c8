"""Real handwritten digits (Alpaydin & Kaynak 1998, as shipped with scikit-learn): 1797 images of 8 x 8.

Split 60/20/20 by seed, stratified; scaled by the mean and deviation of the training part alone.
"""

import torch

from spaces.errors import UserError
from spaces.tasks import Data, Split
from spaces.tasks.params.digits import Params


def load(params: Params | None = None) -> Data:
    """Images as float32 (N, 1, 8, 8), classes as int64 (N,).

    >>> data = load()
    >>> [len(part.y) for part in (data.train, data.validation, data.test)]
    [1077, 360, 360]
    """
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise UserError("task digits: scikit-learn is not installed; run: pip install 'searchsvc[server]'") from error
    seed = (params or Params()).split_seed
    x, y = load_digits(return_X_y=True)
    x_train, x_rest, y_train, y_rest = train_test_split(x, y, test_size=720, random_state=seed, stratify=y)
    x_val, x_test, y_val, y_test = train_test_split(x_rest, y_rest, test_size=360, random_state=seed, stratify=y_rest)
    mean, deviation = x_train.mean(), x_train.std()

    def part(x: object, y: object) -> Split:
        images = (torch.as_tensor(x, dtype=torch.float32) - mean) / deviation
        return Split(images.reshape(-1, 1, 8, 8), torch.as_tensor(y, dtype=torch.int64))

    scaling = {"subtract": float(mean), "divide_by": float(deviation)}
    return Data(part(x_train, y_train), part(x_val, y_val), part(x_test, y_test), scaling)
