"""What exists, by name, without importing torch.

A catalog is a folder: ``lif.py`` (torch) beside ``params/lif.py`` (its parameter model, torch-free) is ``"lif"``.
Allowed plugins add folders (`spaces.plugins`).

>>> "lif" in neurons.names()
True
>>> neurons.params("lif")().tau
2.0
"""

import importlib
from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property
from types import ModuleType
from typing import Annotated, Any, Union

from pydantic import BeforeValidator, Field

from spaces import plugins
from spaces.errors import NotFoundError, did_you_mean, got
from spaces.params import Params


class Catalog:
    """The members of one kind, found by the files of the ``params`` folders of our package and of plugins."""

    def __init__(self, package: str, code: str = "") -> None:
        """`code`: where our members are, if not beside their parameter models; those of plugins always are."""
        self.package = package
        self.code = code or package

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._members))

    @cached_property
    def _members(self) -> dict[str, str]:
        """The package of each member."""
        return members(self.package)

    def params(self, name: str) -> type[Params]:
        """The parameter model of `name`; torch-free."""
        model: type[Params] = self._module("params.", name).Params
        return model

    def load(self, name: str) -> ModuleType:
        """The module that implements `name`."""
        return self._module("", name)

    def union(self, *, without: str = "", where: Callable[[Any], bool] = lambda model: True, default: str = "") -> Any:
        """A discriminated union of all parameter models, or of those `where` this holds.

        A plain name stands for its defaults; a mapping without a name is of the member `default`, if that is given.
        """
        models: Any = tuple(filter(where, (self.params(name) for name in self.names() if name != without)))
        union: Any = Union[models]  # noqa: UP007 - the members are known only at run time
        if len(models) > 1:
            union = Annotated[union, Field(discriminator="name")]

        def named(value: Any) -> Any:
            if isinstance(value, str):
                return {"name": value}
            return {"name": default, **value} if default and isinstance(value, dict) else value

        return Annotated[union, BeforeValidator(named)]

    def _module(self, prefix: str, name: str) -> ModuleType:
        if name not in self.names():
            hint = did_you_mean(name, self.names())
            kind = self.package.rpartition(".")[2]
            raise NotFoundError(f"{kind}: got {got(name)}; allowed are {', '.join(self.names())}{hint}{plugins.hint()}")
        package = self._members[name]
        if package == self.package and not prefix:
            package = self.code
        with nullcontext() if package in (self.package, self.code) else plugins.blamed(package):
            return importlib.import_module(f"{package}.{prefix}{name}")


def members(package: str) -> dict[str, str]:
    """The package of each member of `package`, those of plugins too."""
    return {name: each for each in plugins.packages(package) for name in plugins.modules(each)}


neurons = Catalog("spaces.neurons")
synapses = Catalog("spaces.synapses")
networks = Catalog("spaces.networks")
tasks = Catalog("spaces.tasks")
fittings = Catalog("spaces.fittings", code="searchsvc.training")

_KINDS = {"neurons": neurons, "synapses": synapses, "networks": networks, "tasks": tasks, "fittings": fittings}


def load(kind: str, name: str) -> ModuleType:
    """The module of one member: ``load("neurons", "lif").Neuron()`` is a ready neuron."""
    if kind not in _KINDS:
        raise NotFoundError(f"catalog: got {kind!r}; allowed are {', '.join(_KINDS)}")
    return _KINDS[kind].load(name)
