"""The catalog: members are files, names are errors that help, and looking costs no torch."""

import copy
import importlib
import pkgutil
import subprocess
import sys
from functools import cache
from itertools import permutations
from pathlib import Path

import grimp
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


PARAMS = [f"spaces.{kind}" for kind in ("neurons", "synapses", "networks", "tasks")] + ["searchsvc.strategies"]
FOLDERS = {  # with where their members are listed
    **{folder: f"{folder}.params" for folder in PARAMS},
    **{f"{folder}.params": f"{folder}.params" for folder in (*PARAMS, "spaces.fittings")},
    "searchsvc.training": "spaces.fittings.params",
    **{folder: folder for folder in ("spaces.heads", "searchsvc.kinds", "searchsvc.pictures")},
}


@cache
def imports():
    return grimp.build_graph("spaces", "searchsvc", exclude_type_checking_imports=True, cache_dir=None)


@pytest.mark.parametrize(("folder", "listed"), FOLDERS.items(), ids=FOLDERS)
def test_a_member_does_not_know_another(folder, listed):
    """Nor by way of others; what they share has a leading underscore. The folder itself may list them."""
    graph = copy.deepcopy(imports())
    for listed_there in graph.find_modules_directly_imported_by(folder):
        graph.remove_import(importer=folder, imported=listed_there)
    names = (module.name for module in pkgutil.iter_modules(importlib.import_module(listed).__path__))
    members = [f"{folder}.{name}" for name in names if not name.startswith("_")]
    assert len(members) > 1
    assert not [chain for pair in permutations(members, 2) if (chain := graph.find_shortest_chain(*pair))]


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
