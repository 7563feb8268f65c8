"""The worked example of a plugin, installed as its users install it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = {
    "kind": "neuron_placement",
    "task": "digits",
    "seeds": 1,
    "confirm": 0,
    "budget": {"trials": 4},
    "neurons": ["lif", {"name": "refractory_lif", "refractory": 2}],
    "network": {"name": "vgg", "channels": [4], "strides": [2]},
    "training": {"epochs": 1},
    "strategy": {"epochs": 1},
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    site = tmp_path_factory.mktemp("site")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--target",
        str(site),
    ]
    subprocess.run([*pip, str(ROOT / "examples" / "plugin")], check=True, capture_output=True)
    return {**os.environ, "PYTHONPATH": f"{site}:{ROOT}", "SEARCHSVC_PLUGINS": "refractory"}


def python(environment: dict[str, str], *arguments: str) -> str:
    ran = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_its_neuron_keeps_the_contract(environment: dict[str, str]) -> None:
    said = python(environment, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "examples/plugin/tests"))
    assert "passed" in said and "skipped" not in said


def test_a_search_places_it(environment: dict[str, str]) -> None:
    code = f"import searchsvc.local\nprint([trial.label for trial in searchsvc.local.run({SPEC!r}).trials])"
    assert python(environment, "-c", code) == "['super network', 'all LIF', 'all REFRACTORY_LIF']\n"


def test_the_api_lists_it_without_torch(environment: dict[str, str]) -> None:
    code = (
        "import sys, api.app\nfrom spaces import catalog\n"
        "print('refractory_lif' in catalog.neurons.names(), 'torch' in sys.modules)"
    )
    assert python(environment, "-c", code) == "True False\n"
