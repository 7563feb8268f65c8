"""When two values, points or configurations are the same, however they are written; torch-free.

2 is 2.0 and -0.0 is 0.0. Samples are the same in any order and however often all are repeated, and equal ones are a
Dirac; a mixture's components have no order, equal ones are one, and one alone is a log-normal.
"""

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from typing import Any

from pydantic import BaseModel

from spaces.distributions import params as drawn

Identity = frozenset[tuple[str, Hashable]]


def identity(point: Mapping[str, Any]) -> Identity:
    """Equal of equal points.

    >>> identity({"depth": 2, "tau": drawn.Empirical(samples=(5, 5))}) == identity(
    ...     {"tau": drawn.Dirac(value=5), "depth": 2.0})
    True
    """
    return frozenset((name, _canonical(value)) for name, value in point.items())


def fingerprint(configuration: BaseModel) -> str:
    """Equal of configurations that build and train equal networks."""
    text = json.dumps(_canonical(configuration), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """A hashable value, equal of equal ones, of which also the JSON is equal."""
    match value:
        case drawn.Empirical():
            return _empirical(value)
        case drawn.LogNormalMixture():
            return _mixture(value)
        case BaseModel():
            return tuple((name, _canonical(getattr(value, name))) for name in _said(value))
        case dict():
            return tuple((name, _canonical(value[name])) for name in sorted(value))
        case tuple() | list():
            return tuple(map(_canonical, value))
        case float() if value.is_integer():
            return int(value)
    return value


def _said(model: BaseModel) -> list[str]:
    """Its fields, but those that came later and have their defaults (`spaces.params.later`)."""
    fields = type(model).model_fields
    return sorted(
        name for name, about in fields.items() if not (about.exclude_if and about.exclude_if(getattr(model, name)))
    )


def _empirical(value: drawn.Empirical) -> Any:
    counts = Counter(value.samples)
    if len(counts) == 1:
        return _canonical(drawn.Dirac(value=value.samples[0]))
    often = math.gcd(*counts.values())
    return value.family, tuple((_canonical(sample), counts[sample] // often) for sample in sorted(counts))


def _mixture(value: drawn.LogNormalMixture) -> Any:
    weights: dict[tuple[float, float], float] = defaultdict(float)
    for weight, *component in zip(value.weights, value.means, value.cvs, strict=True):
        weights[component[0], component[1]] += weight
    if len(weights) == 1:
        ((mean, cv),) = weights
        return _canonical(drawn.LogNormal(mean=mean, cv=cv))
    return value.family, tuple((*map(_canonical, part), float(f"{weights[part]:.11e}")) for part in sorted(weights))
