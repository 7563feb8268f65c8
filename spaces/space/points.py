"""Points of a space in few words, from their JSON form; torch-free."""

from collections.abc import Mapping
from typing import Any


def described(point: Mapping[str, Any]) -> str:
    """The dimensions by name with their values, for people.

    >>> described({"tau": {"family": "gamma", "mean": 20.0, "cv": 0.5}, "reach": 3.14159})
    'tau gamma (mean 20, cv 0.5), reach 3.142'
    """
    return ", ".join(f"{name} {brief(value)}" for name, value in point.items())


def brief(value: Any) -> str:
    """A value of a dimension: a number, a word, or a distribution with its parameters.

    >>> brief(0.123456), brief({"family": "empirical", "samples": [4.0, 2.0, 9.0]}), brief([0.5, 16])
    ('0.1235', 'empirical (3 samples)', '0.5 / 16')
    """
    if isinstance(value, dict) and "family" in value:
        return f"{value['family']} ({', '.join(_field(*item) for item in value.items() if item[0] != 'family')})"
    if isinstance(value, list):
        return " / ".join(map(brief, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _field(name: str, value: Any) -> str:
    return f"{len(value)} samples" if name == "samples" else f"{name} {brief(value)}"
