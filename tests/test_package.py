"""What is installed, and what an installation without extras can do."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest
import torch
from packaging.requirements import Requirement

import searchsvc
from spaces import compiled
from tests import wheel

ROOT = Path(__file__).parent.parent


def test_the_wheel_carries_migrations_page_types_and_licence(tmp_path: Path) -> None:
    built = wheel.build(ROOT, tmp_path)
    names = zipfile.ZipFile(built).namelist()
    assert {
        "migrations/env.py",
        "migrations/versions/2026_11_21_initial.py",
        "api/templates/base.html",
        "api/static/live.js",
        "spaces/networks/presets/st_dano.json",
        "spaces/neurons/params/lif.py",
        "searchsvc/py.typed",
        "searchsvc/verdict/published.json",
        "api/static/form.js",
        "spaces/py.typed",
    } <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "examples/")) for name in names)
    assert compiled.LIBRARIES.keys() == {torch.float32, torch.float64} or shutil.which("cc") is None
    libraries = [name for name in names if name.endswith(".so")]
    assert len(libraries) == len(compiled.LIBRARIES)
    assert built.name.endswith("-none-any.whl") is (not libraries)


def test_without_the_server_extra_client_and_networks_work() -> None:
    code = """
import sys
server = ("PIL", "alembic", "botorch", "fastapi", "fsspec", "gpytorch", "jinja2", "ot", "pandas", "plotly", "psutil",
          "psycopg", "pyarrow", "pydantic_settings", "yaml", "ray", "sklearn", "scipy", "sqlalchemy",
          "typer", "uvicorn")
for name in server:
    sys.modules[name] = None  # importing it raises ImportError
from searchsvc import Client, build, discretise, load_weights
network = build({"network": "vgg", "neurons": ["lif", "llif", "slif", "lif", "lif"], "input_shape": [1, 8, 8],
                 "classes": 10, "task": "digits"})
Client("http://127.0.0.1:9")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def requirements() -> dict[str, Requirement]:
    """What is asked for directly, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = chain(project["dependencies"], *project["optional-dependencies"].values())
    return {required.name: required for required in map(Requirement, lines)}


def test_each_direct_dependency_is_pinned_to_a_version_that_it_admits() -> None:
    lines = (ROOT / "constraints.txt").read_text().lower().replace("_", "-").splitlines()
    pins = dict(line.split("==") for line in lines)
    assert [name for name, required in requirements().items() if pins[name] not in required.specifier] == []


@pytest.mark.parametrize(
    ("name", "hole", "mended"),
    [("ray", "2.54.0", "2.55.0"), ("starlette", "1.3.0", "1.3.1"), ("torch", "2.6.0", "2.7.0")],
)
def test_known_holes_are_below_what_is_admitted(name: str, hole: str, mended: str) -> None:
    assert hole not in requirements()[name].specifier and mended in requirements()[name].specifier


def test_the_exported_names_are_there() -> None:
    assert sorted(searchsvc.__all__) == searchsvc.__all__
    assert all(hasattr(searchsvc, name) for name in searchsvc.__all__)
