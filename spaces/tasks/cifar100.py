"""CIFAR-100 (Krizhevsky 2009), binary version: train.bin and test.bin, with the 100 fine classes."""

from spaces.tasks import Data, _cifar
from spaces.tasks.params.cifar100 import Params


def load(params: Params | None = None) -> Data:
    """From the folder cifar-100-binary; the test part is test.bin."""
    return _cifar.load(params or Params(), "cifar-100-binary", ["train.bin"], "test.bin", labels=[20, 100])
