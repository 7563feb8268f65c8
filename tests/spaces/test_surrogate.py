"""Surrogate gradient: forward a step, backward a triangle."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from spaces.surrogate import spike


def derivative(x, a):
    z = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    spike(z, a).backward()
    return z.grad.item()


@given(x=st.floats(-5, 5), a=st.floats(0.1, 5))
def test_derivative_is_the_triangle(x, a):
    assert derivative(x, a) == pytest.approx(max(0.0, a - a * a * abs(x)), rel=1e-12, abs=1e-15)


@given(x=st.floats(-1e30, 1e30))
def test_forward_is_the_step_with_1_at_0(x):
    assert spike(torch.tensor(x, dtype=torch.float64)).item() == (1.0 if x >= 0 else 0.0)


@pytest.mark.parametrize("a", [0.5, 1.0, 3.0])
def test_area_is_1(a):
    area, _ = quad(derivative, -1 / a, 1 / a, args=(a,), points=[0])
    assert area == pytest.approx(1, rel=1e-9)
