"""Points of a space in few words, from their JSON form; torch-free."""

from collections.abc import Mapping, Sequence
from typing import Any


def described(point: Mapping[str, Any]) -> str:
    """The dimensions by name with their values, for people.

    >>> described({"tau": {"family": "gamma", "mean": 20.0, "cv": 0.5}, "reach": 3.14159})
    'tau gamma (mean 20, cv 0.5), reach 3.14'
    >>> described({"tau": {"family": "empirical", "samples": [4.0, 2.0, 9.0]}, "cell": "rate"})
    'tau empirical (3 samples), cell rate'
    """
    return ", ".join(f"{name} {_value(value)}" for name, value in point.items())


def _value(value: Any) -> str:
    if not isinstance(value, dict):
        return f"{value:.3g}" if isinstance(value, float) else str(value)
    fields = [_field(name, field) for name, field in value.items() if name != "family"]
    return f"{value['family']} ({', '.join(fields)})"


def _field(name: str, value: float | Sequence[float]) -> str:
    if isinstance(value, float | int):
        return f"{name} {value:.3g}"
    return f"{len(value)} samples" if name == "samples" else f"{name} {'/'.join(f'{v:.3g}' for v in value)}"
