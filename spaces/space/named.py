"""Fields of a network, of its neurons and of its training, by names with dots; torch-free.

A plain name is a field of the network, such as `reach`; `training.lr` is one of its training, `neurons.tau` one of the
neurons of every layer. Further dots lead on within: `neurons.surrogate.width`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationError

from spaces.errors import did_you_mean, got
from spaces.params import Params
from spaces.wording import explain

if TYPE_CHECKING:
    from spaces.networks.params import NetworkParams
    from spaces.neurons.params import NeuronParams

PARTS = ("neurons", "training")  # by their own names; every other name is of the network
CHOOSING = ("name", "variant")  # fields that say what others are


class _Within(dict[str, Any]):
    """New values of fields by their names, apart from values that are mappings themselves."""


@dataclass(frozen=True)
class Given:
    """What a search varies fields of, as it is given; `shape`: of what the network sees at one step."""

    network: "NetworkParams"
    shape: tuple[int, ...]
    training: Params
    neurons: "tuple[NeuronParams, ...]" = ()  # one of each layer, or one for all

    def names(self) -> list[str]:
        """Of all fields that a value can be given to: in the neurons those that all of them have."""
        each = [list(_names(neuron, "neurons.")) for neuron in self.neurons]
        shared = [name for name in each[0] if all(name in others for others in each)] if each else []
        return [*_names(self.network), *shared, *_names(self.training, "training.")]

    def check(self, names: Sequence[str]) -> None:
        """Refuse by a ValueError a name of no field, of one within another, and of one that layers have unlike."""
        allowed = self.names()
        for name in names:
            if name not in allowed:
                part, _, within = name.partition(".")
                who = f"the {part} of this search" if part in PARTS and within else f"network {self.network.name}"
                hint = did_you_mean(name, allowed)
                raise ValueError(f"got {got(name)}, which {who} has not; allowed are {', '.join(allowed)}{hint}")
            if len(values := dict.fromkeys(self._values(name))) > 1:
                said = ", ".join(map(str, values))
                raise ValueError(f"got {name}, of which layers have {said}; give it one value in all, as the baseline")
        for outer, inner in pairwise(sorted(names)):
            if inner.startswith(f"{outer}."):
                raise ValueError(f"got {outer} and {inner}, which is a field of it; leave out one of the two")

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """The same with these values; a name of what a field has already leaves that as it is.

        Raises:
            ValueError: a field does not take its value, or the network its input any more.
        """
        tree = _Within()
        for name, value in values.items():
            *way, last = path(name)
            inner = tree
            for step in way:
                inner = inner.setdefault(step, _Within())
            inner[last] = value
        made = replace(
            self,
            network=_changed(self.network, tree.get("network"), ()),
            neurons=tuple(_changed(neuron, tree.get("neurons"), ("neurons",)) for neuron in self.neurons),
            training=_changed(self.training, tree.get("training"), ("training",)),
        )
        made.network.check_input(self.shape)
        return made

    def stored(self, configuration: Mapping[str, Any], name: str) -> Any:
        """The field's value in the JSON of a configuration, or of another trainer's values, as `plain` gives it.

        What is not written there has its default.
        """
        if "values" in configuration:
            return configuration["values"][name]
        part, *steps = path(name)
        found, model = _first(configuration[part]), _first(getattr(self, part))
        for done, step in enumerate(steps, 1):
            if step not in found:
                return plain(reduce(getattr, steps[done:], type(model).model_fields[step].default))
            found, model = found[step], getattr(model, step)
        return found["name"] if isinstance(found, dict) and "name" in found else found

    def value(self, name: str) -> Any:
        """Of a field, which all layers have alike."""
        return self._values(name)[0]

    def _values(self, name: str) -> list[Any]:
        """Of a field, in every layer."""
        part, *steps = path(name)
        of = getattr(self, part)
        return [reduce(getattr, steps, one) for one in (of if isinstance(of, tuple) else (of,))]


def of_model(part: str, model: type[Params]) -> list[str]:
    """The names of a model's fields, as part of a network, with what else is left at its defaults; for a form."""
    try:
        made = model()
    except ValidationError:  # it has fields without a default
        made = model.model_construct()
    return list(_names(made, "" if part == "network" else f"{part}."))


def path(name: str) -> tuple[str, ...]:
    """Where a field stands in a configuration.

    >>> path("reach"), path("neurons.surrogate.width")
    (('network', 'reach'), ('neurons', 'surrogate', 'width'))
    """
    steps = tuple(name.split("."))
    return steps if steps[0] in PARTS else ("network", *steps)


def plain(value: Any) -> Any:
    """As a point has it: by its name what has one; and of the two zeros the one without a sign."""
    if isinstance(value, Params):
        return getattr(value, "name", value)
    return value + 0.0 if isinstance(value, float) else value


def without(configuration: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The JSON of a configuration, or of a specification, without these fields.

    >>> without({"network": {"reach": 3.0, "units": 80}, "training": {"lr": 0.05}}, ["reach", "training.lr"])
    {'network': {'units': 80}, 'training': {}}
    """
    found: Any = dict(configuration)
    for name in names:
        found = _without(found, path(name))
    return dict(found)


def _first(part: Any) -> Any:
    """Of the neurons those of the first layer."""
    return part[0] if isinstance(part, list | tuple) else part


def _without(value: Any, steps: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_without(item, steps) for item in value]
    if not isinstance(value, Mapping) or steps[0] not in value:
        return value
    first, *rest = steps
    others = {name: item for name, item in value.items() if name != first}
    return {**others, first: _without(value[first], rest)} if rest else others


def _names(model: Params, within: str = "") -> Iterator[str]:
    for name, value in model:
        if name in CHOOSING or isinstance(value, tuple):
            continue
        yield f"{within}{name}"
        if isinstance(value, Params) and hasattr(value, "name"):
            yield from _names(value, f"{within}{name}.")


def _changed(model: Any, values: _Within | None, within: tuple[str, ...]) -> Any:
    """The model with these values, made anew, so that it is checked whole."""
    if not values:
        return model
    fields = {name: _field(getattr(model, name), value, (*within, name)) for name, value in values.items()}
    try:
        return type(model).model_validate({**dict(model), **fields})
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(explain({**first, "loc": (*within, *first["loc"])})) from None


def _field(now: Any, value: Any, within: tuple[str, ...]) -> Any:
    if isinstance(value, _Within):
        return _changed(now, value, within)
    return now if isinstance(value, str) and value == getattr(now, "name", None) else value
