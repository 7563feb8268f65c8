"""How much memory training takes at least, from shapes alone: whoever submits what no machine can hold is told so.

What a network keeps of a batch for the way back grows with the time steps; weights have a gradient, and what an
optimiser remembers of each.
"""

from math import prod

from spaces.configuration import Fitting, Network, Task

FLOAT_BYTES = 4


def training_bytes(network: Network, task: Task, training: Fitting, time_steps: int) -> int:
    size = network.size(task.step_shape, task.classes)
    data = task.samples * prod(task.input_shape) * task.number_bytes
    batch = min(training.kept_samples, task.samples or training.kept_samples)
    numbers = training.copies * size.parameters + time_steps * batch * size.kept
    return data + FLOAT_BYTES * numbers
