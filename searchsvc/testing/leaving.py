"""How every network is copied, stored, transformed and built where one wants it; `name` is the fixture that says which.

Shapes: T steps, B batch, K classes.
"""

import copy
import pickle

import pytest
import safetensors.torch
import torch
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.testing import assert_close

from searchsvc.testing.networks import equal_states, images, lively, stored
from spaces import catalog, configuration
from spaces.errors import UserError
from spaces.networks import build, load_weights


def configurations(name, network=None, **fields):
    """Of networks that have every neuron of the catalog between them."""
    params, neurons = catalog.networks.params(name)(**network or {}), catalog.neurons.names()
    layers = params.spiking_layers
    for start in range(0, len(neurons) if layers else 1, max(1, layers)):
        placed = (*neurons[start:], *neurons)[:layers]
        given = {"network": params.model_dump(), "neurons": placed, "classes": 7, "task": None}
        yield configuration.read({**given, "input_shape": [1, 8, 8], "time_steps": 3, **fields})


def made(config, seed=0):
    return lively(build(config, seed=seed).double())


@pytest.fixture
def networks(name):
    return [made(config) for config in configurations(name)]


def samples(n=4):
    return 2 * images(n).double()


@torch.no_grad()
def run(network, x_B):
    o_TBK = network(x_B)
    assert not torch.equal(o_TBK[:, 0], o_TBK[:, -1])  # or comparing would say nothing
    return o_TBK


def test_copied_pickled_and_saved_whole_it_gives_the_same(networks):
    for network in networks:
        expected = run(network, samples())
        network(samples()).sum().backward()  # copies are made in the midst of training too
        for same in (copy.deepcopy(network), pickle.loads(pickle.dumps(network)), stored(network, weights_only=False)):
            assert torch.equal(run(same, samples()), expected)
            assert equal_states(same, network)
            next(same.parameters()).data.add_(1)
            assert not equal_states(same, network)


def test_its_state_is_all_that_another_of_its_configuration_needs(name):
    for config in configurations(name):
        network, other = made(config), build(config, seed=1).double().eval()
        network.train()(samples(16))
        network.eval()
        other.load_state_dict(stored(network.state_dict(), weights_only=True))
        assert torch.equal(run(other, samples()), run(network, samples()))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64], ids=str)
def test_it_computes_in_the_type_that_it_is_moved_to(networks, dtype):
    for network in networks:
        o_TBK = run(network.to(dtype), samples().to(dtype))
        assert o_TBK.dtype == dtype
        assert o_TBK.isfinite().all()


def test_training_and_back_leaves_evaluation_as_it_was(networks):
    for network in networks:
        expected = run(network, samples())
        assert torch.equal(run(network.train().eval(), samples()), expected)


def test_an_empty_batch_gives_no_readouts(networks):
    for network in networks:
        assert network(samples()[:0]).shape == (3, 0, 7)


def test_mapped_over_single_samples_it_gives_what_it_gives_together(networks):
    def mapped(network):
        return vmap(lambda x: network(x[None])[:, 0], out_dims=1)(samples())

    for network in networks:
        assert_close(mapped(network), run(network, samples()))


def test_gradients_of_single_samples_are_those_of_each_alone(networks):
    def mapped(network):
        def loss(parameters, x):
            return functional_call(network, parameters, (x[None],)).square().sum()

        return vmap(grad(loss), (None, 0))({key: p.detach() for key, p in network.named_parameters()}, samples())

    for network in networks:
        together = mapped(network)
        for i, x in enumerate(samples()):
            network.zero_grad()
            network(x[None]).square().sum().backward()
            alone = {key: p.grad for key, p in network.named_parameters()}
            assert_close({key: each[i] for key, each in together.items()}, alone)


def test_an_ensemble_is_mapped_over_its_weights(name):
    def mapped(members, x_B):
        return vmap(lambda *state: functional_call(members[0], state, (x_B,)))(*stack_module_state(members))

    for config in configurations(name):
        members = [made(config, seed) for seed in range(3)]
        assert_close(mapped(members, samples()), torch.stack([run(member, samples()) for member in members]))


@pytest.mark.filterwarnings("ignore:`torch.jit.:DeprecationWarning")
def test_a_script_is_refused_with_what_to_do(networks):
    with pytest.raises(UserError, match=r"^torch.jit.script: got a network; give it to torch.jit.trace or torch.ex"):
        torch.jit.script(networks[0])


WRONG = {
    "no batch": (lambda x: x[0], r"got shape \(1, 8, 8\); give \(batch, 1, 8, 8\), as x\[None\] is"),
    "rank": (lambda x: x[..., 0], r"got shape \(4, 1, 8\); give \(batch, 1, 8, 8\)"),
    "channels": (lambda x: x.expand(-1, 3, -1, -1), r"got shape \(4, 3, 8, 8\); give \(batch, 1, 8, 8\)"),
    "size": (lambda x: x[..., :7], r"got shape \(4, 1, 8, 7\); give \(batch, 1, 8, 8\)"),
    "number": (lambda x: x.sum(), r"got shape \(\); give \(batch, 1, 8, 8\)"),
    "integers": (lambda x: x.long(), r"got torch.int64 for a network of torch.float64; give x.to\(torch.float64\)"),
    "precision": (lambda x: x.float(), r"got torch.float32 for a network of torch.float64; give x.to\(torch.float64\)"),
    "device": (lambda x: x.to("meta"), r"got meta for a network on cpu; give x.to\('cpu'\)"),
    "array": (lambda x: x.numpy(), r"got ndarray; give a torch.Tensor"),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_an_input_that_does_not_fit_is_one_sentence(name, change, said):
    network = build(next(configurations(name)), seed=0).double()
    with pytest.raises(UserError, match=f"^input: {said}$"):
        network(change(samples()))


def test_another_number_of_frames_is_one_sentence(name):
    config = next(configurations(name, encoding="frames", input_shape=[3, 1, 8, 8]))
    said = r"^input: got shape \(2, 4, 1, 8, 8\); give \(batch, 3, 1, 8, 8\), 3 frames a sample$"
    with pytest.raises(UserError, match=said):
        build(config, seed=0)(torch.zeros(2, 4, 1, 8, 8))


def test_it_is_built_on_the_device_that_is_asked_for(name):
    config = next(configurations(name))
    here, there = build(config, seed=0, device="cpu"), build(config, seed=0, device="meta")
    assert equal_states(here, build(config, seed=0))
    assert {p.device.type for p in (*there.parameters(), *there.buffers())} == {"meta"}
    with torch.device("meta"):
        assert {p.device.type for p in build(config, seed=0).parameters()} == {"meta"}
        assert equal_states(here, build(config, seed=0, device="cpu"))  # drawn where the seed is known


@pytest.mark.parametrize("device", ["gpu", "cuda:99"])
def test_a_device_that_is_not_there_is_one_sentence(name, device):
    with pytest.raises(UserError, match=rf"^device: got '{device}'; .+$"):
        build(next(configurations(name)), seed=0, device=device)


def test_weights_of_another_network_are_one_sentence(name, tmp_path):
    network, file = build(next(configurations(name)), seed=0), tmp_path / "other.safetensors"
    safetensors.torch.save_file({"readout.weight": torch.zeros(2, 2)}, file)
    for content in (file.read_bytes(), b"{}"):
        file.write_bytes(content)
        with pytest.raises(
            UserError, match=r"^weights: got .*other.safetensors, which does not fit this network \(.+$"
        ):
            load_weights(network, file)


def test_weights_are_of_torchs_default_type(name):
    torch.set_default_dtype(torch.float64)
    try:
        network = build(next(configurations(name)), seed=0)
    finally:
        torch.set_default_dtype(torch.float32)
    assert network(samples()).dtype == torch.float64
