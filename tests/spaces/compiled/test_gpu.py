"""Triton's neurons, by its interpreter on the CPU, against the literal steps. Shapes: T steps, B batch, N neurons."""

import os
import subprocess
import sys

import pytest
import torch
from torch.testing import assert_close

from spaces import compiled
from spaces.compiled.library import PLANES
from tests.spaces.compiled import test_own_constants
from tests.spaces.compiled.test_neuron import TOLERANCE, VARIANTS, make, normal

pytest.importorskip(
    "triton", reason="no Triton: it comes with torch for CUDA; or pip install -c constraints.txt triton"
)

from spaces.compiled import gpu

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"  # where Triton's interpreter is (tests/conftest.py)


@pytest.mark.parametrize(("name", "fields"), VARIANTS, ids=str)
@pytest.mark.parametrize(
    ("dtype", "resumed"),
    [(torch.float32, False), (torch.float64, True)],
    ids=["float32, from rest, detached reset", "float64, resumed, through reset"],
)
def test_spikes_states_and_gradients_are_those_of_the_literal_steps(name, fields, dtype, resumed):
    compare(make(name, dtype, **fields, detach_reset=not resumed).to(DEVICE), dtype, resumed)


@pytest.mark.parametrize("name", test_own_constants.FIELDS)
@pytest.mark.parametrize(("dtype", "resumed"), [(torch.float32, False), (torch.float64, True)], ids=str)
def test_so_are_those_of_neurons_of_which_each_has_its_own_constants(name, dtype, resumed):
    compare(test_own_constants.make(name, (100,), dtype, detach=not resumed).to(DEVICE), dtype, resumed)


def compare(neuron, dtype, resumed):
    kernel = neuron.kernel(dtype)
    x_TBN = (0.3 + 1.5 * normal(0, 5, 3, 100, dtype=dtype)).to(DEVICE).requires_grad_()
    state = None
    if resumed:
        state = neuron.literal(1.5 * normal(7, 4, 3, 100, dtype=dtype).to(DEVICE))[1]
        state = type(state)(*(z.detach().requires_grad_() for z in state))
    s_l, final_l = neuron.literal(x_TBN, state)
    grads = [normal(seed, *z.shape, dtype=dtype).to(DEVICE) for seed, z in enumerate((s_l, *final_l))]
    wanted = (x_TBN, *(state or ()), *neuron.parameters())
    expected = torch.autograd.grad([s_l, *final_l], wanted, grads)

    learned, own = kernel.parameters(x_TBN), kernel.own(x_TBN)
    inputs = (x_TBN, torch.stack(list(state)) if resumed else None, learned, own)
    inputs = tuple(None if z is None else z.detach() for z in inputs)
    given = gpu.Inputs(*inputs, kernel.variant, kernel.constants())
    s, final = gpu.forward(given)
    found = gpu.backward(grads[0], torch.stack(grads[1:]), given)

    assert 0.05 < s.mean() < 0.95
    assert torch.equal(s, s_l)
    assert final.shape == (PLANES[kernel.name], 3, 100)
    tolerance = TOLERANCE[dtype]
    assert_close(final, torch.stack(list(final_l)).detach(), rtol=tolerance, atol=tolerance)
    flat = [found[0], *(found[1] if resumed else ())]
    for constants, gradient in ((learned, found[2]), (own, found[3])):
        if constants is not None:
            flat += torch.autograd.grad(constants, tuple(neuron.parameters()), gradient.reshape(constants.shape))
    for mine, literal in zip(flat, expected, strict=True):
        assert_close(mine, literal.reshape(mine.shape), rtol=tolerance, atol=tolerance * float(literal.abs().max()))


def test_a_program_has_its_own_neurons_alone():
    """More neurons than a program takes: each is computed as if it were alone."""
    kernel = make("alif").kernel(torch.float32)
    x_TN = 1.5 * normal(0, 6, gpu.BLOCK + 7).to(DEVICE)
    rest = (None, None, None, kernel.name, kernel.constants())
    s_TN, final_SN = gpu.forward(gpu.Inputs(x_TN, *rest))
    for n in (0, gpu.BLOCK - 1, gpu.BLOCK, gpu.BLOCK + 6):
        s_T1, final_S1 = gpu.forward(gpu.Inputs(x_TN[:, n : n + 1], *rest))
        assert torch.equal(s_T1, s_TN[:, n : n + 1]) and torch.equal(final_S1, final_SN[:, n : n + 1])


def test_tritons_compiler_makes_code_for_a_gpu_of_every_kernel(tmp_path):
    """What its interpreter runs need not be what it can compile."""
    command = [sys.executable, "-m", "tests.spaces.compiled.ahead"]
    away = {"TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **away})
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 9


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("name", ["lif", "plif", "lnm"])
def test_on_a_gpu_modules_use_them(name):
    neuron, x_TBN = make(name).cuda(), (1.5 * normal(0, 5, 3, 100)).cuda().requires_grad_()
    assert compiled.on_gpu(x_TBN)
    (mine, _), (literal, _) = neuron(x_TBN), neuron.literal(x_TBN)
    assert torch.equal(mine, literal)
    grads = [torch.autograd.grad(s, (x_TBN, *neuron.parameters()), torch.ones_like(s)) for s in (mine, literal)]
    assert_close(*grads, rtol=1e-5, atol=1e-5)
