"""What a task's data say of themselves."""

import tracemalloc
from hashlib import sha256

import torch

from spaces.tasks import Data, Split


def test_the_fingerprint_is_of_all_bytes_in_their_order_and_copies_none_of_them():
    x_NC = torch.arange(2**20, dtype=torch.float32).reshape(-1, 4)
    part = Split(x_NC, torch.arange(len(x_NC)))
    expected = sha256(3 * (x_NC.numpy().tobytes() + part.y.numpy().tobytes())).hexdigest()
    tracemalloc.start()
    found = Data(part, part, part).fingerprint()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == expected
    assert most < 2**20  # a quarter of x


def test_the_fingerprint_is_that_of_what_stands_there_however_it_lies_in_memory():
    y, across = torch.tensor([0, 1]), torch.tensor([[1, 2], [3, 4]], dtype=torch.uint8).T
    one, other = (Data(*[Split(x, y)] * 3) for x in (across, across.contiguous()))
    assert one.fingerprint() == other.fingerprint() != Data(*[Split(across.T, y)] * 3).fingerprint()
