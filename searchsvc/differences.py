"""What differs between candidates: fields of their configurations, and means of their metrics."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from searchsvc.repo.boards import Estimate, t_975

ABSENT = "absent"


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """The leaves of nested JSON by their paths; a list of plain values is one leaf.

    >>> flat({"network": {"name": "vgg", "channels": [4, 8]}, "neurons": [{"name": "lif"}, {"name": "slif"}]})
    {'network.name': 'vgg', 'network.channels': [4, 8], 'neurons.0.name': 'lif', 'neurons.1.name': 'slif'}
    """
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        value = {str(i): item for i, item in enumerate(value)}
    if not isinstance(value, dict) or not value:
        return {path: value}
    within = f"{path}." if path else ""
    return {leaf: found for name, item in value.items() for leaf, found in flat(item, f"{within}{name}").items()}


def table(configurations: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The leaves of all configurations side by side, sorted by path; `ABSENT` where one has none."""
    leaves = [flat(configuration) for configuration in configurations]
    paths = sorted({path for each in leaves for path in each}, key=_parts)
    return {path: [each.get(path, ABSENT) for each in leaves] for path in paths}


def _parts(path: str) -> list[str]:
    """By which paths sort: layer 10 after layer 9."""
    return [part.zfill(9) if part.isdigit() else part for part in path.split(".")]


def differs(values: Sequence[Any]) -> bool:
    """Whether they are not all the same.

    >>> differs([[4, 8], [4, 8]]), differs([1, True])
    (False, True)
    """
    return any(value != values[0] or type(value) is not type(values[0]) for value in values)


def difference(a: Estimate, b: Estimate) -> tuple[float, float | None]:
    """b's mean minus a's, and the half-width of its 95 % interval (Welch); None where one of them has a single trial.

    >>> one, other = Estimate(3, 0.5, 0.1, None), Estimate(3, 0.7, 0.1, None)
    >>> [round(value, 4) for value in difference(one, other)]
    [0.2, 0.2267]
    """
    gap = b.mean - a.mean
    if a.std is None or b.std is None:
        return gap, None
    parts = [a.std**2 / a.n, b.std**2 / b.n]
    if not (variance := sum(parts)):
        return gap, 0.0
    freedom = variance**2 / sum(part**2 / (n - 1) for part, n in zip(parts, (a.n, b.n), strict=True))
    return gap, t_975(freedom) * sqrt(variance)
