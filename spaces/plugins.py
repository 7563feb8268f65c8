"""Packages that users install beside ours, as far as an operator allows them.

A plugin is an installed package laid out like ours: some of ``neurons/``, ``networks/``, ``tasks/``, ``strategies/``
and ``jobs/``, each member a file beside its parameter model in ``params/``. An entry point of group
``searchsvc.plugins`` names it, and ``SEARCHSVC_PLUGINS`` lists, separated by commas, the entry points whose code may
run. Nothing executable ever arrives by HTTP.
"""

import os
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec

from spaces.errors import UserError

GROUP = "searchsvc.plugins"
VARIABLE = "SEARCHSVC_PLUGINS"


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


def packages(own: str) -> tuple[str, ...]:
    """Our package of a kind, such as ``spaces.neurons``, and those of the allowed plugins."""
    kind = own.rpartition(".")[2]
    return (own, *(f"{plugin}.{kind}" for plugin in allowed().values() if find_spec(f"{plugin}.{kind}")))


def hint() -> str:
    """What an error about an unknown name should say of plugins that may not run."""
    idle = sorted(installed().keys() - allowed().keys())
    return f"; installed plugins that {VARIABLE} does not allow: {', '.join(idle)}" if idle else ""


def _listed() -> list[str]:
    return [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]
