"""Packages that users install beside ours, as far as an operator allows them.

A plugin is an installed package laid out like ours: some of ``neurons/``, ``synapses/``, ``networks/``, ``tasks/``,
``fittings/``, ``strategies/`` and ``kinds/``, each member a file beside its parameter model in ``params/``, and
``pictures/``. An entry point of group ``searchsvc.plugins`` names it, and ``SEARCHSVC_PLUGINS`` lists, separated by
commas, the entry points whose code may run. Nothing executable ever arrives by HTTP.

A folder of a plugin that cannot be used is left out, named in the log, in ``GET /v1/catalog`` and on the page Submit.
"""

import importlib
import logging
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib.metadata import entry_points
from importlib.util import find_spec
from inspect import isabstract
from types import ModuleType
from typing import get_args

from spaces.environment import variable
from spaces.errors import UserError

GROUP = "searchsvc.plugins"
FORMERLY = {"kinds": "jobs"}  # what plugins of earlier releases call a folder
VARIABLE = "SEARCHSVC_PLUGINS"
VIEWS = ("OfSearch", "OfTrial", "OfCandidates")  # of which a picture has some

log = logging.getLogger("searchsvc")
_failures: dict[str, str] = {}  # by folder


@cache
def installed() -> dict[str, str]:
    """The package of every installed plugin, allowed or not, by its name."""
    return {point.name: point.value for point in entry_points(group=GROUP)}


@cache
def allowed() -> dict[str, str]:
    """The packages that may run here, by their names in the operator's order."""
    return {name: installed()[name] for name in _listed() if name in installed()}


def check() -> None:
    """Whether everything that the operator allows is there.

    Raises:
        UserError: something is not installed.
    """
    for name in _listed():
        if name not in installed():
            found = ", ".join(sorted(installed())) or "none"
            raise UserError(f"{VARIABLE}: got {name!r}; installed are: {found}; install it or take it off the list")


@cache
def packages(own: str) -> tuple[str, ...]:
    """Our package of a kind, such as ``spaces.neurons``, and those of the allowed plugins that can be used."""
    kind = own.rpartition(".")[2]
    found, taken = [own], set(modules(own))
    folders = [kind, *([FORMERLY[kind]] if kind in FORMERLY else [])]
    for package in [f"{plugin}.{folder}" for plugin in allowed().values() for folder in folders]:
        try:
            with blamed(package):
                names = _checked(package, taken) if find_spec(package) else None
        except UserError as error:
            _failures[package] = str(error)
            log.warning("%s; it is left out", error)
            continue
        if names is not None:
            taken |= names
            found.append(package)
    return tuple(found)


def failures() -> list[tuple[str, str]]:
    """What is left out, of what has been looked at so far: a plugin's package, and why a folder of it is."""
    return [(folder.rpartition(".")[0], said) for folder, said in _failures.items()]


@contextmanager
def blamed(package: str) -> Iterator[None]:
    """What code of a plugin's package raises is its user's to mend.

    Raises:
        UserError: naming the package, the error and what to do.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        said = " ".join(str(error).split())
        reason = said if isinstance(error, UserError) else f"{type(error).__name__}: {said}"
        kind = type(error) if isinstance(error, UserError) else UserError
        raise kind(f"plugin {package}: {reason}; mend it, or take it off {VARIABLE}") from error


def modules(package: str) -> list[str]:
    """The members of a package, each a file of `package`, or of the folder ``params`` that has its parameter model."""
    found = pkgutil.iter_modules(importlib.import_module(_within(package)).__path__)
    return [module.name for module in found if not module.name.startswith("_")]


def _within(package: str) -> str:
    return package if _has_kinds(package) or _has_pictures(package) else f"{package}.params"


def _has_kinds(package: str) -> bool:
    return package.endswith((".kinds", ".jobs"))


def _has_pictures(package: str) -> bool:
    return package.endswith(".pictures")


def _checked(package: str, taken: set[str]) -> set[str]:
    """The names of a folder's members, each of which can be imported and is what it should be.

    Raises:
        UserError: one is not, or has a name that is taken.
    """
    names = set(modules(package))
    if twice := sorted(names & taken):
        raise UserError(f"got {twice[0]!r}, which there is already; rename it")
    fault = _fault_of_picture if _has_pictures(package) else partial(_fault_of_model, package)
    for name in names:
        if found := fault(importlib.import_module(f"{_within(package)}.{name}"), name):
            raise UserError(f"{name}.py {found}")
    return names


def _fault_of_model(package: str, module: ModuleType, name: str) -> str | None:
    base, field = ("Job", "kind") if _has_kinds(package) else ("Params", "name")
    fields = getattr(getattr(module, base, None), "model_fields", {})
    if field not in fields or get_args(fields[field].annotation) != (name,):
        return f"lacks a class {base} with {field}: Literal[{name!r}]"
    if package.endswith(".strategies") and not hasattr(module.Params, "needs"):
        return "does not say what its Params `needs` of a kind of search"
    return None


def _fault_of_picture(module: ModuleType, name: str) -> str | None:
    if not callable(getattr(module, "figure", None)):
        return "lacks a function figure"
    views = [view for view in (getattr(module, found, None) for found in VIEWS) if view]
    if views and all(hasattr(view, "title") and not isabstract(view) for view in views):
        return None
    return f"lacks a class {', '.join(VIEWS)}, with a title and a method read"


def hint() -> str:
    """What an error about an unknown name should say of plugins that may not run."""
    idle = sorted(installed().keys() - allowed().keys())
    said = f"; installed plugins that {VARIABLE} does not allow: {', '.join(idle)}" if idle else ""
    return said + "".join(f"; left out: {failure}" for _, failure in failures())


def _listed() -> list[str]:
    return [name.strip() for name in variable(VARIABLE).split(",") if name.strip()]
