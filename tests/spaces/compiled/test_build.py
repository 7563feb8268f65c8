"""Compiling: what is there, what is stale, and what a package without a compiler does."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from spaces import compiled
from spaces.compiled import build
from tests import wheel

ROOT = build.FOLDER.parent.parent


def test_a_wheel_built_without_a_compiler_is_the_same_but_for_the_kernels(tmp_path):
    ignored = shutil.ignore_patterns(".git", ".venv", ".*cache", ".hypothesis", "*.so", "__pycache__", "searchsvc-data")
    source = shutil.copytree(ROOT, tmp_path / "source", ignore=ignored)
    built = wheel.build(source, tmp_path, CC="/nowhere/cc")
    assert built.name.endswith("-none-any.whl")
    with zipfile.ZipFile(built) as archive:
        assert not any(name.endswith(".so") for name in archive.namelist())
        archive.extractall(tmp_path / "installed")
    code = "import torch, spaces; from spaces import catalog, compiled; print(spaces.__file__, compiled.LIBRARIES);"
    code += "print(catalog.load('neurons', 'lif').Neuron()(torch.full((3,), 0.7))[0].tolist())"
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path / "installed"
    ).stdout
    assert said == f"{tmp_path}/installed/spaces/__init__.py {{}}\n[0.0, 1.0, 0.0]\n"


@pytest.mark.skipif(not compiled.LIBRARIES, reason="no compiled kernels: install with a C compiler")
def test_kernels_of_other_sources_are_removed_and_never_loaded(tmp_path):
    for file in build.shared_objects().values():
        shutil.copy(file, tmp_path)
    (tmp_path / "neurons-float32-000000000000.so").write_bytes(b"stale")
    assert sorted(build.build(tmp_path)) == sorted(tmp_path.iterdir())
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in build.shared_objects().values()}


def test_a_compiler_that_fails_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("CC", "false")
    with pytest.raises(subprocess.CalledProcessError):
        build.build(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_setting_keeps_the_kernels_from_being_used():
    code = "from spaces import compiled; print(compiled.LIBRARIES)"
    environment = {**os.environ, "SEARCHSVC_KERNELS": "off"}
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert said.stdout == "{}\n"
