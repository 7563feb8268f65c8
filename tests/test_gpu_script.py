"""What `make test-gpu` does, as far as a machine without a GPU can: its literal steps stand for the GPU."""

import subprocess
import sys

import pytest
import torch

from spaces import compiled
from tests import gpu


@pytest.mark.parametrize("compute", [gpu.epoch, gpu.pulled])
def test_literal_steps_give_what_compiled_ones_do(compute, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compute("cpu")
    monkeypatch.setattr(compiled, "LIBRARIES", {})
    assert gpu.differences(found, compute("cpu")) == []
    assert all(value.isfinite().all() for value in found.values())


def test_a_difference_is_found_and_so_is_what_is_no_number() -> None:
    values = {"a": torch.zeros(3), "b": torch.ones(2)}
    assert gpu.differences(values, {**values, "a": torch.tensor([0.0, 1e-5, 0.0])}) == ["a: differs by 1e-05"]
    assert gpu.differences(values, {**values, "b": torch.tensor([1.0, torch.nan])}) == ["b: differs by nan"]


def test_speeds_are_measured_beside_spikingjelly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "SHAPES", ((2, 3, 4),))
    monkeypatch.setattr(gpu, "BACKENDS", ("torch",))  # where there is no GPU it has no other
    lines = gpu.table("cpu").splitlines()[2:]
    names = [line.split("|")[1].strip() for line in lines]
    assert names == ["searchsvc", "searchsvc, literal", "SpikingJelly, torch"]
    assert all(float(line.split("|")[2]) > 0 for line in lines), lines


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_in_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.gpu"], cwd=gpu.NEURONS.parents[3], capture_output=True, text=True
    )
    assert done.returncode == 1 and done.stdout.startswith("no GPU here") and done.stdout.count("\n") == 1
