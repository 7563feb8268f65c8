"""What exists, by name, without importing torch.

A catalog is a folder: ``lif.py`` (torch) beside ``params/lif.py`` (its parameter model, torch-free) is ``"lif"``.
Allowed plugins add folders (`spaces.plugins`).

>>> neurons.names()
('alif', 'lif', 'llif', 'lnm', 'plif', 'slif', 'super_neuron')
>>> neurons.params("lif")().tau
2.0
"""

import difflib
import importlib
import pkgutil
from functools import cached_property
from types import ModuleType
from typing import Annotated, Any, Union

from pydantic import BeforeValidator, Field

from spaces import plugins
from spaces.errors import NotFoundError, UserError
from spaces.params import Params


class Catalog:
    """The members of one kind, found by the files of the ``params`` folders of our package and of plugins."""

    def __init__(self, package: str) -> None:
        self.package = package

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._members))

    @cached_property
    def _members(self) -> dict[str, str]:
        """The package of each member."""
        return members(self.package, ".params")

    def params(self, name: str) -> type[Params]:
        """The parameter model of `name`; torch-free."""
        model: type[Params] = self._module("params.", name).Params
        return model

    def load(self, name: str) -> ModuleType:
        """The module that implements `name`."""
        return self._module("", name)

    def union(self, *, without: str = "") -> Any:
        """A discriminated union of all parameter models; a plain name stands for its defaults."""
        models: Any = tuple(self.params(name) for name in self.names() if name != without)
        union: Any = Union[models]  # noqa: UP007 - the members are known only at run time
        if len(models) > 1:
            union = Annotated[union, Field(discriminator="name")]
        return Annotated[union, BeforeValidator(lambda v: {"name": v} if isinstance(v, str) else v)]

    def _module(self, prefix: str, name: str) -> ModuleType:
        if name not in self.names():
            close = difflib.get_close_matches(name, self.names(), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            kind = self.package.rpartition(".")[2]
            raise NotFoundError(f"{kind}: got {name!r}; allowed are {', '.join(self.names())}{hint}{plugins.hint()}")
        return importlib.import_module(f"{self._members[name]}.{prefix}{name}")


def members(package: str, within: str = "") -> dict[str, str]:
    """The package of each module of `package`, of plugins too; without those that begin with an underscore.

    `within`: the folder of each package that has the modules.

    Raises:
        UserError: a plugin has one of a name that is taken.
    """
    found: dict[str, str] = {}
    for each in plugins.packages(package):
        for module in pkgutil.iter_modules(importlib.import_module(each + within).__path__):
            if not module.name.startswith("_") and found.setdefault(module.name, each) != each:
                raise UserError(
                    f"plugin {each}: got {module.name!r}, which {found[module.name]} has already; rename it"
                )
    return found


neurons = Catalog("spaces.neurons")
networks = Catalog("spaces.networks")
tasks = Catalog("spaces.tasks")

_KINDS = {"neurons": neurons, "networks": networks, "tasks": tasks}


def load(kind: str, name: str) -> ModuleType:
    """The module of one member: ``load("neurons", "lif").Neuron()`` is a ready neuron."""
    if kind not in _KINDS:
        raise NotFoundError(f"catalog: got {kind!r}; allowed are {', '.join(_KINDS)}")
    return _KINDS[kind].load(name)
