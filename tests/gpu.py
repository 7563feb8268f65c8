"""``python -m tests.gpu`` (`make test-gpu`): is what a GPU computes what the CPU does, and how fast is it?

Neurons in Triton against their literal steps; an epoch of a super network, and a network that was pulled, against the
CPU, in float64, where rounding decides no spike; milliseconds beside each backend of SpikingJelly. Exit status 1 if
something differs, or where there is no GPU.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from searchsvc import build, load_weights
from searchsvc.training.gradient import Trial
from spaces import catalog, compiled, configuration
from spaces.gradients.params import Arctan
from tests.bench import neuron_peers

NEURONS = Path(__file__).parent / "spaces/compiled/test_gpu.py"
SUPER = {"name": "super_neuron", "candidates": ["lif", "llif", "slif", "plif", "alif"]}
DIGITS = {"network": {"name": "vgg", "channels": [8, 8], "strides": [2, 2]}, "task": "digits", "time_steps": 4}
DIGITS |= {"input_shape": [1, 8, 8], "classes": 10, "training": {"epochs": 1, "batch_size": 128}}
PULLED = {**DIGITS, "neurons": ["slif", {"name": "lnm", "degree": 3}]}
TOLERANCE = 1e-6
SHAPES = ((4, 64, 64, 32, 32), (16, 64, 16384), (250, 32, 1024))
ROUNDS = 20
BACKENDS = ("torch", "triton", "cuda")  # of SpikingJelly, which reads one when it is imported
BACKEND = "SJ_LIF_CUDA_IMPLEMENTATION"
Values = dict[str, Tensor]


def epoch(device: str) -> Values:
    """What an epoch of a super network's training makes of it."""
    config = configuration.read({**DIGITS, "neurons": [SUPER, SUPER], "architect": {}})
    trial = Trial(config, seed=0, device=device)
    trial.network.double().register_forward_pre_hook(lambda module, inputs: (inputs[0].double(),))
    metrics = trial.step().metrics
    return dict(trial.network.named_parameters()) | {name: torch.tensor(value) for name, value in metrics.items()}


def pulled(device: str) -> Values:
    """Readouts of a network whose weights come from a file, and the gradient of its input."""
    config = {**configuration.read(PULLED).model_dump(mode="json"), "manifest": {}}
    x_B = torch.rand(16, 1, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x_B = x_B.to(device).requires_grad_()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.safetensors"
        save(build(config, seed=1), file)
        network = load_weights(build(config, seed=0, device=device), file).double().eval()
    logits_TB = network(x_B)
    return {"readouts": logits_TB, "gradient": torch.autograd.grad(logits_TB.square().sum(), x_B)[0]}


def save(network: nn.Module, file: Path) -> None:
    from safetensors.torch import save_model

    save_model(network, str(file))


def differences(mine: Values, other: Values) -> list[str]:
    """What is not the same but for rounding, by its name."""
    found = []
    for name, value in mine.items():
        gap = (value.detach().cpu().double() - other[name].detach().cpu().double()).abs().max()
        if not gap <= TOLERANCE:
            found.append(f"{name}: differs by {float(gap):.2g}")
    return found


def milliseconds(run: neuron_peers.Run, shape: tuple[int, ...], device: str) -> float:
    """Of forward and backward: the median."""
    generator = torch.Generator().manual_seed(0)
    x_TB = (0.3 + torch.randn(shape, generator=generator)).to(device).requires_grad_()
    grad_TB = torch.randn(shape, generator=generator).to(device)
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        torch.autograd.grad(run(x_TB), x_TB, grad_TB)
        if device == "cuda":
            torch.cuda.synchronize()
        spent.append(1000 * (time.perf_counter() - began))
    return median(spent[ROUNDS // 4 :])  # the first ones compile


def ours() -> dict[str, neuron_peers.Run]:
    neuron = catalog.neurons.load("lif").Neuron(catalog.neurons.params("lif")(surrogate=Arctan()))
    return {"searchsvc": lambda x_TB: neuron(x_TB)[0], "searchsvc, literal": lambda x_TB: neuron.literal(x_TB)[0]}


def of_spikingjelly(backend: str, device: str) -> list[float] | str:
    """In a process of its own; or why not."""
    command = [sys.executable, "-m", "tests.gpu", "--peer", device, json.dumps(SHAPES)]
    done = subprocess.run(command, env={**os.environ, BACKEND: backend}, capture_output=True, text=True)
    if done.returncode:
        return f"not available: {(done.stderr.strip().splitlines() or ['no reason'])[-1][:100]}"
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(device: str) -> str:
    rows: dict[str, Any] = {name: [milliseconds(run, s, device) for s in SHAPES] for name, run in ours().items()}
    rows |= {f"SpikingJelly, {backend}": of_spikingjelly(backend, device) for backend in BACKENDS}
    lines = [f"| LIF, forward and backward, ms | {' | '.join(map(str, SHAPES))} |", "| --- |" + " ---: |" * len(SHAPES)]
    for name, found in rows.items():
        lines.append(f"| {name} | {found if isinstance(found, str) else ' | '.join(f'{ms:.3f}' for ms in found)} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__)
    parser.add_argument("--peer", nargs=2, metavar=("DEVICE", "SHAPES"), help="only print SpikingJelly's milliseconds")
    if peer := parser.parse_args().peer:
        run, _ = neuron_peers.feed_forward()["SpikingJelly"]
        print(json.dumps([milliseconds(run, tuple(shape), peer[0]) for shape in json.loads(peer[1])]))
        return 0
    if not torch.cuda.is_available():
        print("no GPU here that torch can use: nothing was run; Triton's neurons have not been run on a GPU")
        return 1
    if not compiled.TRITON:
        print("Triton is not installed: pip install -c constraints.txt triton")
        return 1
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}", flush=True)
    failed = pytest.main([str(NEURONS), "-q", "-p", "no:cacheprovider"]) != 0
    checks: dict[str, Callable[[str], Values]] = {"super network, an epoch": epoch, "pulled network": pulled}
    for name, compute in checks.items():
        found = differences(compute("cpu"), compute("cuda"))
        print(f"{name}: {'; '.join(found) or 'equal'}", flush=True)
        failed |= bool(found)
    print(table("cuda"))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
