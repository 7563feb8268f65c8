"""Neurons of which each has its own constants: compiled against literal steps, and against neurons one by one.

Shapes: T steps, B batch, N neurons.
"""

import pytest
import torch
from torch.testing import assert_close

from spaces import catalog, compiled
from spaces.compiled.neuron import neuron as operator
from spaces.networks.recurrent import Recurrent
from spaces.neurons import alif, lif, super_neuron
from tests.spaces.compiled import test_recurrent
from tests.spaces.compiled.test_neuron import TOLERANCE, assert_equal_to_literal, normal

pytestmark = pytest.mark.skipif(not compiled.LIBRARIES, reason="no compiled kernels: install with a C compiler")

FIELDS = {"lif": ("tau", "v_threshold"), "alif": ("tau", "tau_adaptation", "beta", "v_threshold")}
each_neuron = pytest.mark.parametrize("name", FIELDS)
each_dtype = pytest.mark.parametrize("dtype", TOLERANCE, ids=str)


def make(name, shape, dtype=torch.float32, detach=False, fields=None):
    """A neuron whose constants all differ and are learned."""
    generator = torch.Generator().manual_seed(3)
    given = {
        field: torch.nn.Parameter(0.5 + 2 * torch.rand(shape, generator=generator, dtype=dtype))
        for field in fields or FIELDS[name]
    }
    return catalog.neurons.load(name).Neuron(catalog.neurons.params(name)(detach_reset=detach), **given)


def test_a_printed_neuron_says_which_constants_are_each_ones_own():
    neuron = catalog.neurons.load("lif").Neuron(tau=torch.ones(5))
    assert "tau=of shape (5,)" in repr(neuron) and "v_threshold=1.0" in repr(neuron) and "tau=2.0" not in repr(neuron)


@each_neuron
@each_dtype
@pytest.mark.parametrize("detach", [False, True], ids=["through reset", "detached reset"])
def test_spikes_states_and_gradients_are_those_of_the_literal_steps(name, dtype, detach):
    neuron = make(name, (77,), dtype, detach)
    x_TBN = 0.3 + 1.5 * normal(0, 12, 9, 77, dtype=dtype)
    assert 0.05 < neuron(x_TBN)[0].mean() < 0.95
    assert_equal_to_literal(neuron, x_TBN)


@each_neuron
@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
def test_images_have_constants_by_channel_or_by_neuron(name, last):
    x_TBCHW = 1.5 * normal(0, 5, 2, 3, 4, 4)
    x_TBCHW = x_TBCHW.movedim(2, 4).contiguous().movedim(4, 2) if last else x_TBCHW
    for shape in ((3, 1, 1), (3, 4, 4), ()):
        assert_equal_to_literal(make(name, shape), x_TBCHW)


@each_neuron
@pytest.mark.parametrize("field", ["tau", "v_threshold"])
def test_one_field_may_differ_while_the_others_are_one_number(name, field):
    neuron = make(name, (5,), fields=[field])
    assert dict(neuron.named_parameters()).keys() == {field}
    assert_equal_to_literal(neuron, 1.5 * normal(0, 7, 3, 5))


@each_neuron
@pytest.mark.parametrize("run", ["forward", "literal"])
def test_each_is_the_neuron_of_one_number(name, run):
    """Of a layer of four, each against a module with its numbers in place of the tensors."""
    neuron, x_TBN = make(name, (4,), torch.float64), 1.5 * normal(0, 20, 3, 4, dtype=torch.float64)
    s_TBN, _ = getattr(neuron, run)(x_TBN)
    assert 0 < s_TBN.mean() < 1
    for n in range(4):
        own = {field: getattr(neuron, field)[n].item() for field in FIELDS[name]}
        alone = catalog.neurons.load(name).Neuron(catalog.neurons.params(name)(**own))
        assert torch.equal(s_TBN[..., n], getattr(alone, run)(x_TBN[..., n])[0])


@each_neuron
@each_dtype
@pytest.mark.parametrize("steps", [1, 9])
def test_recurrent_layers_are_their_loop(name, dtype, steps):
    torch.manual_seed(0)
    module = Recurrent(70, make(name, (70,), dtype)).to(dtype)
    x_TBN = 0.3 + 1.5 * normal(0, steps, 9, 70, dtype=dtype)
    (mine, gradients), (theirs, literal) = (
        test_recurrent.trained(run, module, x_TBN) for run in (module, module.literal)
    )
    assert torch.equal(mine[0], theirs[0])
    for a, b in zip((*mine, *gradients), (*theirs, *literal), strict=True):
        assert_close(a, b, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * max(1.0, float(b.abs().max())))


def test_a_super_neuron_mixes_them_by_its_literal_steps():
    neuron, x_TBC = super_neuron.Neuron(), 1.5 * normal(0, 5, 4, 3)
    neuron.neurons[0] = make("lif", (3,))
    neuron(x_TBC)
    assert torch.equal(neuron.eval()(x_TBC)[0], neuron.literal(x_TBC)[0])


def test_constants_of_another_number_of_neurons_are_refused():
    for run in (make("lif", (4,)), make("lif", (4,)).literal):
        with pytest.raises(RuntimeError, match="size"):
            run(normal(0, 5, 3, 5))


def test_a_tensor_that_is_no_parameter_is_kept_and_moved_with_the_module():
    neuron = lif.Neuron(tau=torch.tensor([1.0, 2.0])).double()
    assert neuron.state_dict().keys() == {"tau"} and neuron.tau.dtype == torch.float64
    assert list(neuron.parameters()) == []


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # torch's, about itself
@each_neuron
def test_is_a_proper_operator_of_torch(name):
    kernel, x_TBN = make(name, (3,)).kernel(torch.float32), normal(0, 5, 4, 3).requires_grad_()
    own_KBN = kernel.own(x_TBN).detach().requires_grad_()
    torch.library.opcheck(operator, (x_TBN, None, None, own_KBN, kernel.variant, kernel.constants()))


def test_threads_share_the_work_and_change_nothing():
    neuron, x_TN = make("alif", (200_000,)), 1.5 * normal(0, 6, 200_000)
    threads, runs = torch.get_num_threads(), []
    for count in (1, 3):
        torch.set_num_threads(count)
        x = x_TN.clone().requires_grad_()
        s_TN, _ = neuron(x)
        runs.append((s_TN.detach(), *torch.autograd.grad(s_TN.sum(), (x, *neuron.parameters()))))
    torch.set_num_threads(threads)
    assert_close(*runs, rtol=0, atol=0)


def test_where_all_constants_are_alike_they_say_what_numbers_say():
    """To the last bit but that of exp, which torch and Python may round apart."""
    x_TBN, tau = 1.5 * normal(0, 9, 4, 6, dtype=torch.float64), torch.full((6,), 2.0, dtype=torch.float64)
    for module, own in ((lif, {"tau": tau}), (alif, {"tau": tau, "tau_adaptation": 5 * tau})):
        assert torch.equal(module.Neuron(**own)(x_TBN)[0], module.Neuron()(x_TBN)[0])
