"""Neurons forward and backward on one thread, beside other libraries; memory; seconds an epoch. Medians, interleaved.

``--epochs`` adds the seconds an epoch (minutes); ``--write docs/performance.md`` puts the tables into that document.
"""

import argparse
import ctypes
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor

from searchsvc.training.gradient import Trial
from spaces import catalog, compiled, configuration
from spaces.gradients.params import Arctan
from spaces.networks.recurrent import Recurrent
from spaces.neurons.super_neuron import Neuron as SuperNeuron
from tests.bench import neuron_peers
from tests.bench.document import write_section

FEED_FORWARD = ((4, 32, 64, 16, 16), (10, 16, 4096))
RECURRENT = (250, 32, 128)
ROUNDS = 11
BYTES = 24  # an element, at least: input, spike and one number to remember forward; that and two gradients backward
REFERENCE = "SpikingJelly"
TARGETED = ("searchsvc LIF", "searchsvc LNM of degree 3")


@contextmanager
def literal() -> Iterator[None]:
    """Without compiled kernels."""
    libraries, compiled.LIBRARIES = compiled.LIBRARIES, {}
    yield
    compiled.LIBRARIES = libraries


def literally(run: neuron_peers.Run) -> neuron_peers.Run:
    def run_literally(x_TB: Tensor) -> Tensor:
        with literal():
            return run(x_TB)

    return run_literally


def ours(wrap: Callable[[torch.nn.Module], torch.nn.Module] = lambda neuron: neuron) -> dict[str, neuron_peers.Peer]:
    found: dict[str, neuron_peers.Peer] = {}
    for title, name, fields in (
        ("LIF", "lif", {"surrogate": Arctan()}),
        ("LNM of degree 3", "lnm", {"degree": 3}),
        ("LLIF", "llif", {}),
        ("SLIF", "slif", {}),
    ):
        module = wrap(catalog.neurons.load(name).Neuron(catalog.neurons.params(name)(**fields)))
        run = lambda x_TB, module=module: module(x_TB)[0]  # noqa: E731
        found[f"searchsvc {title}, literal"] = (literally(run), list(module.parameters()))
        if compiled.LIBRARIES:
            found[f"searchsvc {title}"] = (run, list(module.parameters()))
    return found


def milliseconds(peers: dict[str, neuron_peers.Peer], shape: tuple[int, ...]) -> dict[str, float]:
    """Of forward and backward, in processor time."""
    generator = torch.Generator().manual_seed(0)
    x_TB = (0.3 + torch.randn(shape, generator=generator)).requires_grad_()
    grad_TB = torch.randn(shape, generator=generator)
    spent: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(1 + ROUNDS):
        for name, (run, parameters) in peers.items():
            began = time.process_time()
            torch.autograd.grad(run(x_TB), [x_TB, *parameters], grad_TB)
            spent[name].append(1000 * (time.process_time() - began))
    return {name: statistics.median(values[1:]) for name, values in spent.items()}


def keep_freed_memory() -> None:
    """Else every neuron's time would be mostly the operating system's, giving and taking pages."""
    trim_threshold, mmap_threshold = -1, -3  # malloc.h
    libc = ctypes.CDLL(None)
    libc.mallopt(trim_threshold, 2**31 - 1)
    libc.mallopt(mmap_threshold, 2**25)


def copy_bandwidth() -> float:
    """Bytes read and written in a second by a copy beyond the caches."""
    source, target = torch.randn(2**24), torch.empty(2**24)
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        target.copy_(source)
        spent.append(time.process_time() - began)
    return 8 * 2**24 / statistics.median(spent)


def table_of_neurons(peers: dict[str, neuron_peers.Peer], shape: tuple[int, ...], bandwidth: float, target: int) -> str:
    found = milliseconds(peers, shape)
    lines = [f"| {shape} | ms | × {REFERENCE} | target | share of copy bandwidth |", "| --- |" + " ---: |" * 4]
    floor = 1000 * BYTES * torch.Size(shape).numel() / bandwidth
    for name, value in found.items():
        ratio = f"{found[REFERENCE] / value:.1f}" if REFERENCE in found else ""
        wanted = target if name in TARGETED else ""
        lines.append(f"| {name} | {value:.2f} | {ratio} | {wanted} | {100 * floor / value:.0f} % |")
    return printed(lines)


def table_of_super_neuron() -> str:
    lines = ["| super neuron of LIF, LLIF, SLIF | ms | × three modules | peak memory, × input |"]
    lines += ["| --- | ---: | ---: | ---: |"]
    for shape in FEED_FORWARD:
        neuron = SuperNeuron()
        neuron(torch.zeros(1, 2, *shape[2:]))
        run = lambda x_TB, neuron=neuron: neuron(x_TB)[0]  # noqa: E731
        parameters = list(neuron.parameters())
        peers = {"three modules": (literally(run), parameters)}
        peers |= {"compiled": (run, parameters)} if compiled.LIBRARIES else {}
        found = milliseconds(peers, shape)
        for name, value in found.items():
            ratio = found["three modules"] / value
            with get_context("spawn").Pool(1) as pool:
                peak = pool.apply(peak_memory, (shape, name == "compiled"))
            lines.append(f"| {shape}, {name} | {value:.1f} | {ratio:.1f} | {peak:.1f} |")
    return printed(lines)


def peak_memory(shape: tuple[int, ...], compiled: bool) -> float:
    """What a pass forward and backward takes beside its input and its output's gradient; in a process of its own."""
    torch.set_num_threads(1)
    neuron, x_TB, grad_TB = SuperNeuron(), torch.randn(shape).requires_grad_(), torch.randn(shape)
    run = (lambda x: neuron(x)[0]) if compiled else literally(lambda x: neuron(x)[0])
    run(x_TB[:1, :2]).sum().backward()
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = memory("VmRSS")
    torch.autograd.grad(run(x_TB), [x_TB, *neuron.parameters()], grad_TB)
    return (memory("VmHWM") - before) / (4 * x_TB.numel())


def memory(field: str) -> int:
    """Bytes."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return 1024 * int(line.split()[1])


def table_of_epochs() -> str:
    lines = ["| event_digits, neuron of every layer | s / epoch, literal | s / epoch, compiled | ratio |"]
    lines += ["| --- | ---: | ---: | ---: |"]
    for neuron in ("lif", "llif", "slif", "lnm", "super_neuron"):
        with literal():
            before = seconds_an_epoch(neuron)
        after = seconds_an_epoch(neuron) if compiled.LIBRARIES else before
        lines.append(f"| {neuron} | {before:.2f} | {after:.2f} | {before / after:.1f} |")
    return printed(lines)


def seconds_an_epoch(neuron: str) -> float:
    given = {"network": "vgg", "neurons": [neuron] * 5, "input_shape": [12, 2, 16, 16], "encoding": "frames"}
    given |= {"classes": 10, "time_steps": 12, "task": "event_digits", "training": {"epochs": 4}}
    trial = Trial(configuration.read(given), seed=0)
    spent = []
    for _ in range(2):
        began = time.process_time()
        trial.step()
        spent.append(time.process_time() - began)
    return min(spent)


def printed(lines: list[str]) -> str:
    print("\n".join(lines), flush=True)
    return "\n".join(lines)


def machine() -> str:
    kernels = "kernels compiled" if compiled.LIBRARIES else "no compiled kernels"
    return f"One of {os.cpu_count()} {platform.machine()} cores, torch {torch.__version__}, {kernels}, copy bandwidth"


SECTION = """## Neurons

{machine} {bandwidth:.1f} GB/s. Forward and backward, float32, processor time, medians of interleaved runs; load average
{load:.1f} at the end. Freed memory stays with the process, for all alike. The share of the copy bandwidth is that of 24
bytes an element. `literal` is what runs where there is no compiler, or with `SEARCHSVC_KERNELS=off`.

{neurons}

Peak memory is what a pass takes beside its input and its output's gradient. Targets of the compiled super neuron: 6
times the three modules, at most 3.5 times the input.

{super_neuron}

{epochs}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", action="store_true", help="also train epochs of event_digits")
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the section Neurons of this document")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    bandwidth = copy_bandwidth()
    print(f"{machine()} {bandwidth / 1e9:.1f} GB/s")
    feed_forward = neuron_peers.feed_forward() | ours()
    tables = [table_of_neurons(feed_forward, shape, bandwidth, 7) for shape in FEED_FORWARD]
    recurrent = neuron_peers.recurrent(RECURRENT[2]) | ours(lambda neuron: Recurrent(RECURRENT[2], neuron))
    tables.append(table_of_neurons(recurrent, RECURRENT, bandwidth, 12))
    of_super = table_of_super_neuron()
    of_epochs = table_of_epochs() if chosen.epochs else ""
    if chosen.write:
        parts = {"neurons": "\n\n".join(tables), "super_neuron": of_super, "epochs": of_epochs}
        section = SECTION.format(machine=machine(), bandwidth=bandwidth / 1e9, load=os.getloadavg()[1], **parts)
        write_section(chosen.write, "Neurons", section)


if __name__ == "__main__":
    main()
