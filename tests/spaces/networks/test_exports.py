"""Networks exported, each with every neuron of the catalog, and one with filtered synapses, against themselves."""

import io

import numpy as np
import onnxruntime
import pytest
import torch
from torch.testing import assert_close

from searchsvc.testing.leaving import configurations, images, lively, run
from spaces import catalog
from spaces.networks import build

NEURONS = catalog.neurons.names()
SMALL = {
    "vgg": {"channels": [4] * len(NEURONS), "strides": [1, 2, *[1] * (len(NEURONS) - 2)]},
    "resnet": {"channels": [4], "blocks": [len(NEURONS) // 2]},
    "recurrent": {"units": [24] * len(NEURONS)},
    "reservoir": {"units": 20, "cell": "lif"},
}
FILTERED = {**SMALL["recurrent"], "synapse": "filtered"}
BATCHES = (images(4), images(2) + 1, images(1))


@pytest.fixture(params=[*SMALL, "filtered"])
def network(request):
    name, given = ("recurrent", FILTERED) if request.param == "filtered" else (request.param, SMALL[request.param])
    (config,) = configurations(name, given, time_steps=2)
    return lively(build(config, seed=0))


def test_every_network_is_exported():
    assert set(SMALL) == set(catalog.networks.names())


def opened(write):
    file = io.BytesIO()
    write(file)
    file.seek(0)
    return file


@pytest.mark.filterwarnings("ignore:`torch.jit.:DeprecationWarning")
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "literal"])
def test_a_trace_runs_where_only_torch_is(network, compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr("spaces.compiled.LIBRARIES", {})
    network.double()
    trace = torch.jit.trace(network, BATCHES[0].double())
    traced = torch.jit.load(opened(lambda file: torch.jit.save(trace, file)))
    kinds = {node.kind().split("::")[0] for node in traced.inlined_graph.nodes()}
    assert kinds == {"aten", "prim"}
    for x_B in BATCHES:
        assert_close(traced(x_B.double()), network(x_B.double()))


def test_an_exported_program_takes_any_batch_and_runs_where_only_torch_is(network):
    batch = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(network.double(), (BATCHES[0].double(),), dynamic_shapes=batch)
    assert "spaces." not in str(program.graph)
    exported = torch.export.load(opened(lambda file: torch.export.save(program, file))).module()
    for x_B in BATCHES:
        assert_close(exported(x_B.double()), network(x_B.double()))


@pytest.mark.filterwarnings(  # both are of torch's compiler about itself
    "ignore:.*should not be instantiated:DeprecationWarning",
    "ignore:Guards may run slower on Python 3.13.0:RuntimeWarning",
)
def test_compiles_as_one_graph_and_gives_the_same(network):
    torch.compiler.reset()
    compiled = torch.compile(network.double(), fullgraph=True, backend="aot_eager")
    assert_close(compiled(BATCHES[0].double()), network(BATCHES[0].double()))


def assert_equal_in_the_runtime(network, file):
    """But for a sample in which rounding moves a potential over its threshold."""
    session = onnxruntime.InferenceSession(file)
    (x_B,) = session.get_inputs()
    for samples in (images(8), images(5) + 1):
        (o_TBK,) = session.run(None, {x_B.name: samples.numpy()})
        agrees = np.isclose(o_TBK, run(network, samples), rtol=1e-4, atol=1e-5).all((0, 2))
        assert agrees.sum() >= len(samples) - 1


@pytest.mark.filterwarnings("ignore:`isinstance.treespec, LeafSpec:FutureWarning")  # torch's, about itself
def test_onnx_by_the_exporter_of_programs(network, tmp_path):
    program = torch.onnx.export(network, (BATCHES[0],), dynamic_shapes=({0: "batch"},), verbose=False)
    program.save(tmp_path / "network.onnx")
    assert_equal_in_the_runtime(network, tmp_path / "network.onnx")


@pytest.mark.filterwarnings(
    "ignore:You are using the legacy TorchScript-based ONNX export:DeprecationWarning",
    "ignore:The feature will be removed:DeprecationWarning",
)
def test_onnx_by_the_older_exporter_of_traces(network, tmp_path):
    file = str(tmp_path / "network.onnx")
    axes = {"samples": {0: "batch"}}
    torch.onnx.export(network, (BATCHES[0],), file, dynamo=False, input_names=["samples"], dynamic_axes=axes)
    assert_equal_in_the_runtime(network, file)
