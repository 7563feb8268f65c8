"""Energy against LIF: how much more a candidate costs than the network whose neurons are all LIF."""

import json
from collections.abc import Mapping
from typing import Any


def surrogate(configuration: Mapping[str, Any]) -> str:
    """What a candidate shares with its baseline."""
    first: Mapping[str, Any] = next(iter(configuration["neurons"]), {})
    return json.dumps(first.get("surrogate"), sort_keys=True)


def is_lif(configuration: Mapping[str, Any]) -> bool:
    return {neuron["name"] for neuron in configuration["neurons"]} == {"lif"}


def energy_overhead(energy: float, own: str, baselines: Mapping[str, float]) -> float | None:
    """Relative to the energy of the all-LIF baseline with the same surrogate, or else of the first.

    >>> round(energy_overhead(7.7e-7, '"rectangle"', {'"rectangle"': 7.0e-7}), 3)
    0.1
    """
    baseline = baselines.get(own, next(iter(baselines.values()), None))
    return energy / baseline - 1 if baseline else None
