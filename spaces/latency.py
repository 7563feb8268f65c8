"""How long one inference takes."""

import statistics
import time

import torch
from torch import Tensor, nn


def latency(network: nn.Module, x_B: Tensor, repeats: int = 5) -> float:
    """Seconds that one of the samples `x_B` takes on their device: the median of repeated passes, on one thread."""
    threads, was_training = torch.get_num_threads(), network.training
    torch.set_num_threads(1)
    network.eval()
    with torch.no_grad():
        _seconds(network, x_B[:1])  # the first pass allocates
        median = statistics.median(_seconds(network, x_B[:1]) for _ in range(repeats))
    network.train(was_training)
    torch.set_num_threads(threads)
    return median


def _seconds(network: nn.Module, x_B: Tensor) -> float:
    _synchronise(x_B)
    started = time.perf_counter()
    network(x_B)
    _synchronise(x_B)
    return time.perf_counter() - started


def _synchronise(x: Tensor) -> None:
    if x.is_cuda:
        torch.cuda.synchronize(x.device)
