"""The data of a task, kept between the trials of a warm worker, and how a part of them is gone through."""

from collections.abc import Iterator
from functools import lru_cache

import torch
from torch import Generator, Tensor

from spaces import catalog
from spaces.configuration import Configuration, Task
from spaces.errors import UserError
from spaces.tasks import Data, Split

EVALUATION_BATCH = 512


def load(config: Configuration) -> tuple[Data, Task]:
    """The data of a configuration's task.

    Raises:
        UserError: it names none, or one whose samples or targets are not those of its network.
    """
    if config.task is None:
        raise UserError("configuration: got task null; name a task of the catalog to train on")
    data = _loaded(config.task)
    shape, y = tuple(data.train.x.shape[1:]), data.train.y
    if config.input_shape != shape or not data.head.takes(config.classes, y):
        raise UserError(
            f"configuration: got input_shape {list(config.input_shape)} and {config.classes} classes; "
            f"the data of task {config.task.name} needs {list(shape)} and {data.head.needs(y)}"
        )
    return data, config.task


@lru_cache(maxsize=2)
def _loaded(task: Task) -> Data:
    """A task's data, kept between the trials of a warm worker. Parameter models are frozen, so they hash by value."""
    data: Data = catalog.tasks.load(task.name).load(task)
    return data


def batches(part: Split, size: int, generator: Generator) -> Iterator[Split]:
    """Shuffled; a last batch of one sample, which BatchNorm could not normalise, is left out."""
    order_N = torch.randperm(len(part.y), generator=generator)
    for index_B in torch.split(order_N, size):
        if len(index_B) > 1:
            yield Split(part.x[index_B], part.y[index_B])


def in_order(part: Split) -> Iterator[Split]:
    """The whole part, to be scored."""
    for x_B, y_B in zip(torch.split(part.x, EVALUATION_BATCH), torch.split(part.y, EVALUATION_BATCH), strict=True):
        yield Split(x_B, y_B)


def prepared(data: Data, batch: Split, device: torch.device, generator: Generator | None = None) -> Split:
    """As the network takes it; with a generator, of which training draws what it draws."""
    x_B: Tensor = data.prepare(batch.x, generator)
    return Split(x_B.to(device), batch.y.to(device))
