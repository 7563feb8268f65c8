"""Fields of configurations: their leaves side by side, and whether they differ."""

from collections.abc import Mapping, Sequence
from typing import Any

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
