"""What is installed, and what an installation without extras can do."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import torch

import searchsvc
from spaces import kernels

ROOT = Path(__file__).parent.parent


def test_the_wheel_carries_migrations_page_types_and_licence(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        ROOT,
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {
        "migrations/env.py",
        "migrations/versions/2026_11_21_initial.py",
        "api/templates/base.html",
        "api/static/live.js",
        "spaces/networks/presets/st_dano.json",
        "spaces/neurons/params/lif.py",
        "searchsvc/py.typed",
        "searchsvc/published.json",
        "api/static/form.js",
        "spaces/py.typed",
    } <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "examples/")) for name in names)
    assert kernels.LIBRARIES.keys() == {torch.float32, torch.float64} or shutil.which("cc") is None
    compiled = [name for name in names if name.endswith(".so")]
    assert len(compiled) == len(kernels.LIBRARIES)
    assert wheel.name.endswith("-none-any.whl") is (not compiled)


def test_without_the_server_extra_client_and_networks_work() -> None:
    code = """
import sys
server = ("PIL", "alembic", "botorch", "fastapi", "fsspec", "gpytorch", "jinja2", "ot", "pandas", "plotly", "psutil",
          "psycopg", "pyarrow", "pydantic_settings", "yaml", "ray", "rich", "sklearn", "scipy", "sqlalchemy",
          "typer", "uvicorn")
for name in server:
    sys.modules[name] = None  # importing it raises ImportError
from searchsvc import Client, build, discretise, load_weights
network = build({"network": "vgg", "neurons": ["lif", "llif", "slif", "lif", "lif"], "input_shape": [1, 8, 8],
                 "classes": 10, "task": "digits"})
Client("http://127.0.0.1:9")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_exported_names_are_there() -> None:
    assert sorted(searchsvc.__all__) == searchsvc.__all__
    assert all(hasattr(searchsvc, name) for name in searchsvc.__all__)
