"""Compiled neurons against their literal steps. Shapes: T steps, B batch, N neurons."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from spaces import catalog, compiled
from spaces.compiled.library import PLANES
from spaces.compiled.neuron import neuron as operator
from spaces.neurons import lif, llif, lnm, slif

pytestmark = pytest.mark.skipif(not compiled.LIBRARIES, reason="no compiled kernels: install with a C compiler")

VARIANTS = [
    *(("lif", {"surrogate": s}) for s in ("triangle", "rectangle", "arctan", "sigmoid", "multi_gaussian")),
    *((name, {"tau": 3.0, "v_threshold": 0.8}) for name in ("lif", "plif", "llif", "slif", "alif")),
    ("llif", {"gamma": 0.7}),
    ("slif", {"beta": 3.0}),  # tau falls to its bound
    *(("lnm", {"degree": n, "bounding": b}) for n in range(1, 7) for b in ("clip1", "clip5", "tanh")),
]
each_variant = pytest.mark.parametrize(("name", "fields"), VARIANTS, ids=str)
each_reset = pytest.mark.parametrize("detach", [False, True], ids=["through reset", "detached reset"])
EXACT = {"lif", "plif", "alif"} | {f"lnm{degree}" for degree in range(1, 7)}
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}
each_dtype = pytest.mark.parametrize("dtype", TOLERANCE, ids=str)


def make(name, dtype=torch.float32, **fields):
    neuron = catalog.neurons.load(name).Neuron(catalog.neurons.params(name)(**fields)).to(dtype)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for p in neuron.parameters():
            p += 0.1 * torch.randn(p.shape, generator=generator, dtype=dtype)
    return neuron


def normal(seed, *shape, dtype=torch.float32):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def trained(run, neuron, x_TB):
    """Two chunks joined by their state: spikes, last state, and every gradient of a random projection of them."""
    x_TB = x_TB.detach().requires_grad_()
    first, state = run(x_TB)
    second, final = run(x_TB.flip(0), state)
    outputs = (first, second, *final)
    loss = sum((normal(seed, *z.shape, dtype=z.dtype) * z).sum() for seed, z in enumerate(outputs))
    gradients = torch.autograd.grad(loss, (x_TB, *neuron.parameters()))
    return torch.stack([first, second]).detach(), tuple(z.detach() for z in final), gradients


def assert_equal_to_literal(neuron, x_TB):
    (s, final, gradients), (s_l, final_l, gradients_l) = (
        trained(run, neuron, x_TB) for run in (neuron, neuron.literal)
    )
    assert torch.equal(s, s_l)
    tolerance = TOLERANCE[x_TB.dtype]
    exact = neuron.kernel(x_TB.dtype).name in EXACT
    assert_close(final, final_l, rtol=0, atol=0 if exact else tolerance)
    for mine, literal in zip(gradients, gradients_l, strict=True):
        assert_close(mine, literal, rtol=tolerance, atol=tolerance * float(literal.abs().max()))


@each_variant
@each_reset
@each_dtype
def test_spikes_states_and_gradients_are_those_of_the_literal_steps(name, fields, detach, dtype):
    neuron = make(name, dtype, **fields, detach_reset=detach)
    x_TBN = 0.3 + 1.5 * normal(0, 12, 9, 77, dtype=dtype)  # 693 neurons: more than a block, and no multiple of any
    assert 0.05 < neuron(x_TBN)[0].mean() < 0.95
    assert_equal_to_literal(neuron, x_TBN)


@each_dtype
@given(data=st.data())
@settings(max_examples=50)
def test_neurons_that_reach_their_threshold_exactly_fire(dtype, data):
    """Sums of a few powers of two are exact, so every neuron that meets its threshold does so in both."""
    keep_half = 1 / math.log(2)
    values = data.draw(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=9))
    x_T = torch.tensor(values, dtype=dtype)
    for neuron in (lif.Neuron(lif.Params(tau=keep_half)), lnm.Neuron().to(dtype)):
        assert torch.equal(neuron(x_T)[0], neuron.literal(x_T)[0])
    assert_equal_to_literal(lif.Neuron(lif.Params(tau=keep_half)), x_T)


def test_rounding_of_tanh_and_exp_changes_next_to_no_spike():
    """2 million steps of each: none differs, or a few next to the threshold."""
    x_TN = 0.3 + 1.5 * normal(0, 20, 100_000)
    for neuron in (make("llif"), make("slif"), make("lnm", bounding="tanh")):
        differing = neuron(x_TN)[0] != neuron.literal(x_TN)[0]
        assert differing.float().mean() < 1e-5


def test_one_neuron_over_very_many_steps():
    """What the way back keeps grows with the neurons that there are, and not with those of a block."""
    x_T1 = normal(0, 2_000_000, 1).requires_grad_()
    make("lif")(x_T1)[0].sum().backward()
    assert x_T1.grad is not None and x_T1.grad.isfinite().all()


@pytest.mark.parametrize("shape", [(5,), (1, 3), (5, 0), (5, 1), (3, 2, 4, 5, 5)], ids=str)
def test_any_shape(shape):
    for name in ("lif", "llif", "lnm"):
        neuron, x_TB = make(name), 1.5 * normal(0, *shape)
        s_TB, state = neuron(x_TB)
        expected, literal = neuron.literal(x_TB)
        assert torch.equal(s_TB, expected)
        assert_close(state, literal)


def test_inputs_and_gradients_that_are_not_contiguous():
    neuron, x_NBT = make("lif"), normal(0, 3, 4, 6)
    runs = []
    for run in (neuron, neuron.literal):
        x = x_NBT.clone().requires_grad_()
        s_TBN, state = run(x.transpose(0, 2))
        s_TBN = torch.cat([s_TBN, run(x[:, :, :1].expand(3, 4, 6).transpose(0, 2), state)[0]])
        (s_TBN.transpose(0, 2) * normal(1, 3, 4, 12)).sum().backward()
        runs.append((s_TBN.detach(), x.grad))
    assert_close(runs[0], runs[1])


def test_a_state_of_another_type_or_shape_is_as_in_the_literal_steps():
    neuron, x_TBN = make("lif"), normal(0, 3, 4, 5)
    state = lif.State(torch.full((5,), 0.5, dtype=torch.float64), torch.zeros(()))
    assert_close(neuron(x_TBN, state)[0].double(), neuron.literal(x_TBN, state)[0].double())
    with pytest.raises(RuntimeError, match="expand"):
        neuron(x_TBN, lif.State(torch.zeros(4, 6), torch.zeros(4, 6)))


@pytest.mark.parametrize("name", ["lif", "llif", "slif", "alif", "plif", "lnm"])
def test_huge_and_missing_inputs_are_as_in_the_literal_steps(name):
    neuron = make(name)
    x_TN = torch.tensor([[1e30, -1e30, 3.0], [0.0, 0.0, math.nan], [1.0, 1.0, 1.0]])
    s_TN, state = neuron(x_TN)
    expected, literal = neuron.literal(x_TN)
    assert torch.equal(s_TN, expected)
    assert_close(state, literal, equal_nan=True)


def test_tanh_and_exp_are_right_to_some_units_in_the_last_place():
    x_N = torch.cat([torch.linspace(-12, 0, 4001), -torch.logspace(-30, 1.5, 4001)])
    threshold = llif.Neuron(llif.Params(gamma=1.0, v_threshold=1e-30))(x_N[None])[1].v_th_B
    assert_close(threshold.double(), torch.tanh(-x_N.double()), rtol=4e-7, atol=2e-30)
    overshoot_N = x_N[x_N > -10].neg()
    state = slif.State(1 + overshoot_N, torch.ones_like(overshoot_N))
    kept = slif.Neuron(slif.Params(tau=2.0, beta=0.9))(torch.zeros(1, len(overshoot_N)), state)[1].v_B
    above = (1 + overshoot_N).double() - 1
    expected = above * torch.exp(-1 / (2 - 0.9 * torch.tanh(above)))
    assert_close(kept.double(), expected, rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("name", ["lif", "llif", "plif", "lnm"])
def test_threads_share_the_work_and_change_nothing(name):
    neuron, x_TN = make(name), 1.5 * normal(0, 6, 200_000)
    threads = torch.get_num_threads()
    runs = []
    for count in (1, 3):
        torch.set_num_threads(count)
        runs.append(trained(neuron, neuron, x_TN))
    torch.set_num_threads(threads)
    assert_close(runs[0][:2], runs[1][:2], rtol=0, atol=0)
    assert_close(runs[0][2], runs[1][2], rtol=1e-6, atol=1e-3)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # torch's, about itself
@pytest.mark.parametrize("name", ["lif", "llif", "plif", "lnm"])
@pytest.mark.parametrize("resumed", [False, True])
def test_is_a_proper_operator_of_torch(name, resumed):
    neuron = make(name)
    kernel = neuron.kernel(torch.float32)
    learned = None if kernel.learned is None else kernel.learned.detach().requires_grad_()
    state = normal(1, PLANES[kernel.name], 4, 3).requires_grad_() if resumed else None
    torch.library.opcheck(
        operator, (normal(0, 5, 4, 3).requires_grad_(), state, learned, None, kernel.name, kernel.constants())
    )


def test_without_kernels_and_on_other_types_the_literal_steps_run(monkeypatch):
    neuron, x_TB = make("lif"), normal(0, 3, 2)
    monkeypatch.setattr(neuron, "literal", lambda x_TB, state=None: "literal")
    assert neuron(x_TB) != "literal"
    assert neuron(x_TB.half()) == "literal"
    monkeypatch.setattr("spaces.compiled.LIBRARIES", {})
    assert neuron(x_TB) == "literal"


def test_forward_mode_gives_the_surrogates_derivative_and_not_zero():
    x_TB, neuron = torch.randn(6, 2, dtype=torch.float64), make("lif", torch.float64)
    forward, backward = (jacobian(lambda x: neuron(x)[0])(x_TB) for jacobian in (torch.func.jacfwd, torch.func.jacrev))
    assert forward.abs().max() > 0
    assert_close(forward, backward)


@pytest.mark.parametrize("state", [(), ("v",), ("v", "s", "v_th")], ids=len)
def test_the_state_of_another_neuron_is_refused_and_not_read_beyond_its_end(state):
    neuron, x_TB = make("slif"), normal(0, 3, 2)
    for run in (neuron, neuron.literal):
        with pytest.raises(TypeError, match="argument"):
            run(x_TB, tuple(torch.zeros(2) for _ in state))


def test_a_polynomial_of_a_higher_degree_has_no_kernel():
    neuron = make("lnm", degree=7)
    x_TN = normal(0, 5, 3)
    assert neuron.kernel(torch.float32) is None
    assert torch.equal(neuron(x_TN)[0], neuron.literal(x_TN)[0])


def test_who_changes_the_step_loses_the_kernel():
    class Deaf(lif.Neuron):
        def step(self, x_B, state):
            return super().step(0 * x_B, state)

    assert Deaf().kernel(torch.float32) is None
    assert Deaf()(torch.full((3, 2), 5.0))[0].sum() == 0


def test_a_compressed_polynomial_is_read_no_further_than_it_goes():
    """What lies behind its coefficients in memory is not its own."""
    neuron, behind = make("lnm", degree=3), torch.full((8,), 100.0)
    behind[0] = 0.6
    neuron.theta = torch.nn.Parameter(behind[:1])
    x_TN = 0.3 + 1.5 * normal(0, 12, 77)
    assert torch.equal(neuron(x_TN)[0], neuron.literal(x_TN)[0])
