"""Tasks: data with a fixed three-way split, input shape and metric; one file each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from spaces.heads import Head


@dataclass(frozen=True)
class Split:
    x: "Tensor"  # (N, *input_shape)
    y: "Tensor"  # (N,) class indices; of sequences (N, T, K), what the K readouts should be at every step


def _classes() -> "Head":
    from spaces.heads import Classification

    return Classification()


def as_stored(x: "Tensor", generator: "Generator | None") -> "Tensor":
    return x


@dataclass(frozen=True)
class Data:
    """Training and validation parts rank candidates; the test part is read once, at a trial's end, and never ranks.

    `prepare` turns a batch of stored samples into the network's float32 input. In training it is given a generator, the
    only source of whatever it draws (augmentations, noise); in evaluation None, and draws nothing. `head` says what is
    to be made of readouts: the loss and the score.
    """

    train: Split
    validation: Split
    test: Split
    preprocessing: dict[str, float] = field(default_factory=dict)  # what raw inputs need before a trained network
    prepare: "Callable[[Tensor, Generator | None], Tensor]" = as_stored
    head: "Head" = field(default_factory=_classes)

    def fingerprint(self) -> str:
        """SHA-256 over all parts, for the manifest."""
        digest = sha256()
        for part in (self.train, self.validation, self.test):
            for values in (part.x, part.y):  # where they lie, since they may be many
                digest.update(values.contiguous().numpy().reshape(-1).view("u1").data)
        return digest.hexdigest()
