"""Plugins, each in an interpreter of its own: the catalogs read them when they are imported."""

import subprocess
import sys
from pathlib import Path

import pytest

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
    params = tmp_path / "lab_neurons" / "neurons" / "params"
    params.mkdir(parents=True)
    for folder in (params, params.parent, params.parent.parent):
        (folder / "__init__.py").touch()
    lif = (Path(__file__).parents[2] / "spaces/neurons/params/lif.py").read_text()
    (params / "quiet.py").write_text(lif.replace('"lif"', '"quiet"').replace("2.0", "3.5"))
    info = tmp_path / "lab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[searchsvc.plugins]\nlab = lab_neurons\n")
    return tmp_path


def said(site: Path, allowed: str, code: str = CODE) -> str:
    environment = {"PYTHONPATH": f"{site}:{Path(__file__).parents[2]}", "SEARCHSVC_PLUGINS": allowed}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_an_allowed_plugins_members_are_in_the_catalog(site: Path) -> None:
    assert "'quiet'" in said(site, "lab")
    assert said(site, "lab").endswith("3.5\n")


def test_a_plugin_that_is_not_allowed_does_not_run_and_the_error_says_so(site: Path) -> None:
    (site / "lab_neurons" / "__init__.py").write_text("raise SystemExit('it ran')")
    assert said(site, "").endswith("; installed plugins that SEARCHSVC_PLUGINS does not allow: lab\n")


def test_a_plugin_cannot_replace_a_member_of_ours(site: Path) -> None:
    params = site / "lab_neurons" / "neurons" / "params"
    (params / "quiet.py").rename(params / "lif.py")
    assert said(site, "lab") == "plugin lab_neurons.neurons: got 'lif', which spaces.neurons has already; rename it\n"


def test_a_missing_plugin_is_named_when_the_service_starts(site: Path) -> None:
    code = "from spaces import plugins\ntry: plugins.check()\nexcept plugins.UserError as error: print(error)"
    assert said(site, "lab, other", code) == (
        "SEARCHSVC_PLUGINS: got 'other'; installed are: lab; install it or take it off the list\n"
    )


def test_a_plugin_cannot_replace_a_kind_of_search(site: Path) -> None:
    (jobs := site / "lab_neurons" / "jobs").mkdir()
    (jobs / "__init__.py").touch()
    (jobs / "neuron_placement.py").write_text("class Job: ...")
    code = "try:\n    import searchsvc.jobs\nexcept Exception as error: print(error)"
    assert said(site, "lab", code).startswith(
        "plugin lab_neurons.jobs: got 'neuron_placement', which searchsvc.jobs has"
    )
