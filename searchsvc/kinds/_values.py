"""Values that users name for fields, as a candidate keeps them: what is validated is what is kept."""

from collections.abc import Mapping
from typing import Any

from spaces.space.dimensions import Categorical, Dimension, Float, Point, Space, Value
from spaces.space.distribution import Distribution
from spaces.space.named import Given, plain
from spaces.wording import LONGEST_NAME


def kept(given: Given, values: Mapping[str, Any]) -> dict[str, Any]:
    """These fields as a candidate has them that is made with `values`.

    Raises:
        ValueError: a field refuses one, or takes a truth value for a number or the other way round.
    """
    made = given.with_values(values)
    for name, value in values.items():
        _check_truth(name, value, made.value(name))
    return {name: plain(made.value(name)) for name in values}


def _check_truth(place: str, said: Any, made: Any) -> None:
    """Refuse by a ValueError a truth value that was read as a number or the other way round, at any depth."""
    if isinstance(said, Mapping):
        for name, value in said.items():
            _check_truth(f"{place}.{name}", value, getattr(made, name))
    elif isinstance(said, list | tuple):
        for number, (value, read) in enumerate(zip(said, made, strict=True)):
            _check_truth(f"{place}.{number}", value, read)
    elif isinstance(said, bool) is not isinstance(made, bool):
        raise ValueError(f"{place}: got {said!r}, which would be {made!r}; write {made!r}")


def space_of(given: Given, space: Space) -> Space:
    """The space with its choices as candidates have them; every value that it can give is one that its field takes.

    Raises:
        ValueError: one is not.
    """
    given.check(list(space))
    return {name: _dimension(given, name, dimension) for name, dimension in space.items()}


def _dimension(given: Given, name: str, dimension: Dimension) -> Dimension:
    values = [kept(given, {name: value})[name] for value in _probes(dimension)]
    if isinstance(dimension, Float) and not all(isinstance(value, float) for value in values):
        raise ValueError(f"{name}: got a dimension of type float; this field takes whole numbers; give type int")
    if not isinstance(dimension, Categorical):
        return dimension
    if len(set(values)) < len(values):
        raise ValueError(f"{name}: got choices {list(dimension.choices)}, of which some are equal; give each once")
    return dimension.model_copy(update={"choices": tuple(values)})


def _probes(dimension: Dimension) -> list[Value]:
    samples = dimension.prior_samples if isinstance(dimension, Distribution) else ()
    return [*dimension.ends(), *samples]


def point_of(given: Given, space: Space, point: Mapping[str, Any]) -> Point:
    """A point that a user names, as a candidate has it.

    Raises:
        ValueError: it lacks a dimension or has another, or the space has no place for a value.
    """
    if missing := space.keys() - point.keys():
        raise ValueError(f"got a point without {', '.join(sorted(missing))}; give every dimension")
    if unknown := sorted(point.keys() - space.keys()):
        names = ", ".join(unknown)[:LONGEST_NAME]
        raise ValueError(f"got a point with {names}; dimensions of the space are {', '.join(space)}")
    values = kept(given, {name: point[name] for name in space})
    for name, dimension in space.items():
        if not dimension.has(values[name]):
            raise ValueError(f"{name}: got {point[name]!r}; give {dimension.allowed}")
    return values
