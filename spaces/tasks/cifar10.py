"""CIFAR-10 (Krizhevsky 2009), binary version: data_batch_1.bin to data_batch_5.bin and test_batch.bin."""

from spaces.tasks import Data, _cifar
from spaces.tasks.params.cifar10 import Params


def load(params: Params | None = None) -> Data:
    """From the folder cifar-10-batches-bin; the test part is test_batch.bin."""
    train = [f"data_batch_{i}.bin" for i in range(1, 6)]
    return _cifar.load(params or Params(), "cifar-10-batches-bin", train, "test_batch.bin", labels=[10])
