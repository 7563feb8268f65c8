"""The catalog: members are files, names are errors that help, and looking costs no torch."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import spaces
from spaces import catalog
from spaces.errors import NotFoundError

CATALOGS = {
    "neurons": catalog.neurons,
    "synapses": catalog.synapses,
    "networks": catalog.networks,
    "tasks": catalog.tasks,
}
ROOT = Path(spaces.__file__).parent


@pytest.mark.parametrize("kind", CATALOGS)
def test_members_are_the_files_of_the_folder(kind):
    files = {p.stem for p in (ROOT / kind).glob("*.py") if not p.stem.startswith("_")}
    assert set(CATALOGS[kind].names()) == files
    assert files


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, c in CATALOGS.items() for n in c.names()])
def test_a_member_loads_by_name_and_its_parameters_carry_the_name(kind, name):
    assert catalog.load(kind, name) is importlib.import_module(f"spaces.{kind}.{name}")
    assert CATALOGS[kind].params(name)().name == name


def test_a_misspelt_name_is_answered_with_what_exists_and_a_guess():
    with pytest.raises(NotFoundError) as caught:
        catalog.load("neurons", "lift")
    allowed = ", ".join(catalog.neurons.names())
    assert str(caught.value) == f"neurons: got 'lift'; allowed are {allowed}; did you mean 'lif'?"
    assert caught.value.status == 404


def test_an_unknown_kind_is_answered_with_the_kinds():
    with pytest.raises(NotFoundError, match="got 'plants'; allowed are neurons, synapses, networks, tasks"):
        catalog.load("plants", "lif")


@pytest.mark.parametrize("name", ["_base", "params", "../errors", ""])
def test_private_modules_are_no_members(name):
    with pytest.raises(NotFoundError):
        catalog.neurons.load(name)


def torch_free_modules():
    folders = [
        "spaces.neurons",
        "spaces.synapses",
        "spaces.networks",
        "spaces.tasks",
        "spaces.fittings",
        "searchsvc.strategies",
    ]
    params = [
        f"{folder}.params.{module.name}"
        for folder in folders
        for module in pkgutil.iter_modules(importlib.import_module(f"{folder}.params").__path__)
    ]
    jobs = [
        f"searchsvc.kinds.{m.name}" for m in pkgutil.iter_modules(importlib.import_module("searchsvc.kinds").__path__)
    ]
    return [
        "spaces.catalog",
        "spaces.configuration",
        "spaces.networks",
        "spaces.gradients.params",
        "spaces.space.dimensions",
        *params,
        *jobs,
    ]


def test_parameters_catalog_configuration_and_jobs_need_no_torch():
    names = torch_free_modules()
    code = (
        "import importlib, sys\n"
        f"for name in {names}:\n"
        "    importlib.import_module(name)\n"
        "    heavy = {'torch', 'sklearn', 'scipy', 'ray', 'sqlalchemy'} & set(sys.modules)\n"
        "    assert not heavy, f'{name} imports {heavy}'\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
