"""How much memory training takes at least, against what torch keeps and what tasks load."""

from typing import Any

import pytest
import torch

from searchsvc import kinds
from spaces import catalog, memory
from spaces.networks import build

BATCH = 3
NETWORKS: list[tuple[Any, str]] = [
    ("vgg", "digits"),
    ({"name": "vgg", "channels": [4, 6], "strides": [1, 2], "readout": "flatten"}, "event_digits"),
    ({"name": "vgg", "variant": "vgg11", "width": 0.25}, "cifar10"),
    ({"name": "vgg", "variant": "vggsnn", "width": 0.25}, "cifar10"),
    ("resnet", "digits"),
    ({"name": "resnet", "variant": "resnet18", "width": 0.25}, "cifar10"),
    ({"name": "resnet", "variant": "resnet19", "width": 0.25}, "cifar100"),
    ({"name": "resnet", "variant": "resnet34", "width": 0.25}, "tiny_imagenet"),
    ("recurrent", "sequential_digits"),
    ({"name": "recurrent", "units": [20, 30]}, "sequential_digits"),
    ({"name": "recurrent", "units": [20, 30], "synapse": "filtered"}, "sequential_digits"),
]


@pytest.mark.parametrize(("network", "task"), NETWORKS)
def test_what_a_step_keeps_is_near_what_torch_keeps_and_never_more(network: Any, task: str) -> None:
    job: Any = kinds.read({"kind": "neuron_placement", "task": task, "network": network})
    config = job.configuration(neurons=(job.neurons[0],) * job.network.spiking_layers)
    module, kept = build(config, seed=0), {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor  # which holds its storage: addresses stay apart
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        module(torch.rand(BATCH, *config.input_shape))
    parameters = {p.untyped_storage().data_ptr(): p for p in module.parameters()}
    numbers = sum(kept[at].untyped_storage().nbytes() for at in kept.keys() - parameters.keys()) / memory.FLOAT_BYTES
    size = job.network.size(config.step_shape, config.classes)
    assert 0.5 * numbers <= size.kept * BATCH * config.time_steps <= numbers
    assert size.parameters == sum(p.numel() for p in module.parameters())


def test_every_network_says_its_size() -> None:
    tried = {network if isinstance(network, str) else network["name"] for network, _ in NETWORKS}
    assert tried | {"reservoir"} == set(catalog.networks.names())
    reservoir = catalog.networks.params("reservoir")()
    assert reservoir.size((1,), 100).parameters == 80 * 100 + 100


@pytest.mark.parametrize("task", ["digits", "event_digits", "sequential_digits"])
def test_data_take_what_their_task_says(task: str) -> None:
    params = catalog.tasks.params(task)()
    data = catalog.tasks.load(task).load(params)
    stored = [part.x for part in (data.train, data.validation, data.test)]
    assert sum(len(x) for x in stored) == params.samples
    assert all(x.element_size() == params.number_bytes and tuple(x.shape[1:]) == params.input_shape for x in stored)


def test_time_steps_batch_and_network_multiply_and_a_batch_is_never_more_than_there_are_samples() -> None:
    def least(**changes: Any) -> int:
        spec = {"kind": "neuron_placement", "task": "digits", "time_steps": 10, **changes}
        return kinds.read(spec).least_bytes

    few, many = least(training={"batch_size": 100}), least(training={"batch_size": 200})
    assert (
        many - few
        == 4 * 10 * 100 * kinds.read({"kind": "neuron_placement", "task": "digits"}).network.size((1, 8, 8), 10).kept
    )  # type: ignore[attr-defined]
    assert least(training={"batch_size": 65_536}) == least(training={"batch_size": 1797})
    assert least(resources={"gpus": 1}) == 0
