"""Seconds an epoch on digits: the super network and discrete networks, interleaved; medians and ratios to all-LIF."""

import statistics
import time

import torch

from searchsvc.training.gradient import Trial
from spaces import configuration

ROUNDS = 3
NEURONS = ("lif", "llif", "slif", "super_neuron")


def main() -> None:
    torch.set_num_threads(1)
    trials = {name: Trial(config(name), seed=0) for name in NEURONS}
    seconds: dict[str, list[float]] = {name: [] for name in NEURONS}
    for trial in trials.values():
        trial.step()  # warms up
    for _ in range(ROUNDS):
        for name, trial in trials.items():
            started = time.perf_counter()
            trial.step()
            seconds[name].append(time.perf_counter() - started)
    base = statistics.median(seconds["lif"])
    print(f"{'neuron of every layer':24} {'s / epoch':>10} {'ratio':>7}   (median of {ROUNDS}, one thread)")
    for name, values in seconds.items():
        median = statistics.median(values)
        print(f"{name:24} {median:10.3f} {median / base:7.2f}")


def config(neuron: str) -> configuration.Configuration:
    return configuration.read(
        {
            "network": "vgg",
            "neurons": [neuron] * 5,
            "input_shape": [1, 8, 8],
            "classes": 10,
            "task": "digits",
            "training": {"epochs": 1 + ROUNDS + 1},
        }
    )


if __name__ == "__main__":
    main()
