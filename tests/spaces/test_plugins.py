"""Plugins, each in an interpreter of its own: the catalogs read them when they are imported."""

import json
import shutil
from pathlib import Path

import pytest

from tests import plugin

CODE = """
from spaces import catalog
from spaces.errors import UserError
try:
    print(catalog.neurons.names(), catalog.neurons.params("quiet")().tau)
except UserError as error:
    print(error)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder in which the plugin `lab`, with the neuron `quiet`, is installed."""
    lif = (plugin.ROOT / "spaces/neurons/params/lif.py").read_text()
    quiet = lif.replace('"lif"', '"quiet"').replace("2.0", "3.5")
    plugin.install(tmp_path, "lab", {"neurons/params/quiet.py": quiet}, "lab_neurons")
    return tmp_path


def said(site: Path, allowed: str, code: str = CODE) -> str:
    return plugin.python(site, allowed, code)


def test_an_allowed_plugins_members_are_in_the_catalog(site: Path) -> None:
    assert "'quiet'" in said(site, "lab")
    assert said(site, "lab").endswith("3.5\n")


def test_a_plugin_that_is_not_allowed_does_not_run_and_the_error_says_so(site: Path) -> None:
    (site / "lab_neurons" / "__init__.py").write_text("raise SystemExit('it ran')")
    assert said(site, "").endswith("; installed plugins that SEARCHSVC_PLUGINS does not allow: lab\n")


BROKEN = {
    "raise ValueError('no\\n luck')": "ValueError: no luck",
    "import nothing_like_it": "ModuleNotFoundError: No module named 'nothing_like_it'",
    "raise SystemExit(3)": "SystemExit: 3",
    "def": "SyntaxError: ",
    "x = 1": "quiet.py lacks a class Params with name: Literal['quiet']",
    "from spaces.neurons.params.lif import Params": "quiet.py lacks a class Params with name: Literal['quiet']",
}
REST = "import json; from spaces import plugins; print(json.dumps([catalog.neurons.names(), plugins.failures()]))"


def left_out(site: Path) -> tuple[list[str], str]:
    """The neurons that there are, and why the plugin's are not among them."""
    names, ((package, why),) = json.loads(said(site, "lab", f"from spaces import catalog; {REST}"))
    assert package == "lab_neurons" and "\n" not in why and why.endswith("take it off SEARCHSVC_PLUGINS")
    return names, why


@pytest.mark.parametrize("code", BROKEN)
def test_a_plugin_that_cannot_be_used_is_named_and_left_out(site: Path, code: str) -> None:
    (site / "lab_neurons/neurons/params/quiet.py").write_text(code)
    names, why = left_out(site)
    assert "lif" in names and "quiet" not in names
    assert why.startswith(f"plugin lab_neurons.neurons: {BROKEN[code]}")
    assert f"; left out: {why}\n" in said(site, "lab")  # said of a name that is therefore unknown


@pytest.mark.parametrize("place", ["__init__.py", "neurons/__init__.py", "neurons/params/__init__.py"])
def test_so_is_one_whose_folders_raise(site: Path, place: str) -> None:
    (site / "lab_neurons" / place).write_text("1 / 0")
    names, why = left_out(site)
    assert "lif" in names and "quiet" not in names and "ZeroDivisionError: division by zero" in why


def test_so_is_one_whose_package_is_gone(site: Path) -> None:
    shutil.rmtree(site / "lab_neurons")
    assert "No module named 'lab_neurons'" in left_out(site)[1]


def test_what_raises_only_with_torch_is_named_where_it_is_built(site: Path) -> None:
    (site / "lab_neurons/neurons/quiet.py").write_text("import nothing_like_it")
    code = CODE.replace('params("quiet")().tau', 'load("quiet")')
    assert said(site, "lab", code) == (
        "plugin lab_neurons.neurons: ModuleNotFoundError: No module named 'nothing_like_it'; "
        "mend it, or take it off SEARCHSVC_PLUGINS\n"
    )


def test_the_service_goes_on_and_shows_it(site: Path, tmp_path: Path) -> None:
    (site / "lab_neurons/neurons/params/quiet.py").write_text("raise ValueError('<b>')")
    code = f"""
from fastapi.testclient import TestClient
from api.app import create_app
from searchsvc.store import migrate
from searchsvc.service.settings import Settings
chosen = Settings(data={str(tmp_path / "data")!r})
migrate.upgrade(chosen.database)
with TestClient(create_app(chosen), base_url="http://127.0.0.1:8000") as client:
    print(client.get("/v1/catalog").json()["plugins"])
    print("Left out: plugin lab_neurons.neurons: ValueError: &lt;b&gt;; mend it" in client.get("/submit").text)
"""
    listed, shown = said(site, "lab", code).splitlines()[-2:]
    assert "'lab': {'package': 'lab_neurons', 'left_out': ['plugin lab_neurons.neurons: ValueError" in listed
    assert shown == "True"


def test_a_plugin_cannot_replace_a_member_of_ours(site: Path) -> None:
    params = site / "lab_neurons" / "neurons" / "params"
    (params / "quiet.py").rename(params / "lif.py")
    assert "plugin lab_neurons.neurons: got 'lif', which there is already; rename it" in left_out(site)[1]


def test_a_missing_plugin_is_named_when_the_service_starts(site: Path) -> None:
    code = "from spaces import plugins\ntry: plugins.check()\nexcept plugins.UserError as error: print(error)"
    assert said(site, "lab, other", code) == (
        "SEARCHSVC_PLUGINS: got 'other'; installed are: lab; install it or take it off the list\n"
    )


def test_a_plugin_cannot_replace_a_kind_of_search(site: Path) -> None:
    (jobs := site / "lab_neurons" / "jobs").mkdir()
    (jobs / "__init__.py").touch()
    (jobs / "neuron_placement.py").write_text("class Job: ...")
    code = (
        "from searchsvc import kinds; from spaces import plugins; print(kinds.kinds()['neuron_placement'].__module__); "
    )
    ours, why = said(site, "lab", f"{code}print(plugins.failures())").splitlines()
    assert ours == "searchsvc.kinds.neuron_placement"
    assert "plugin lab_neurons.jobs: got 'neuron_placement', which there is already" in why
