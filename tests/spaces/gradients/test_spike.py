"""Surrogate gradients: forward a step, backward the derivative of the named function."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from spaces.gradients.params import Arctan, MultiGaussian, Rectangle, Sigmoid, Surrogate, Triangle
from spaces.gradients.spike import spike
from tests.spaces.gradients.surrogates import surrogates

SURROGATES = (Triangle, Rectangle, Arctan, Sigmoid, MultiGaussian)
read = TypeAdapter(Surrogate).validate_python


def derivative(x, surrogate):
    z = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    spike(z, surrogate).backward()
    return z.grad.item()


def smooth_step(x, p):
    """The function that the surrogate is named after: it rises from 0 on the left by the surrogate's area."""
    match p:
        case Triangle(height=a):
            inside = max(-1 / a, min(x, 1 / a))
            return 0.5 + a * inside - a * a * inside * abs(inside) / 2
        case Rectangle(width=w):
            return 0.5 + max(-w / 2, min(x, w / 2)) / w
        case Arctan(alpha=alpha):
            return 0.5 + math.atan(math.pi / 2 * alpha * x) / math.pi
        case Sigmoid(alpha=alpha):
            return expit(alpha * x)
        case MultiGaussian(sigma=sigma, flank=h, spread=s, scale=scale):
            flanks = norm.cdf(x, sigma, s * sigma) + norm.cdf(x, -sigma, s * sigma)
            return scale * ((1 + h) * norm.cdf(x, 0, sigma) - h * flanks)


def height(p):
    match p:
        case Triangle(height=a):
            return a
        case Rectangle(width=w):
            return 1 / w
        case Arctan(alpha=alpha):
            return alpha / 2
        case Sigmoid(alpha=alpha):
            return alpha / 4
        case MultiGaussian(sigma=sigma, flank=h, spread=s, scale=scale):
            return scale * ((1 + h) - 2 * h / s * math.exp(-0.5 / s**2)) / (sigma * math.sqrt(2 * math.pi))


def corners(p):
    match p:
        case Triangle(height=a):
            return [-1 / a, 0, 1 / a]
        case Rectangle(width=w):
            return [-w / 2, w / 2]
    return []


@given(p=surrogates, x=st.floats(-6, 6))
def test_its_integral_is_the_named_function(p, x):
    area, _ = quad(derivative, -6, x, args=(p,), points=[c for c in corners(p) if -6 < c < x] or None, limit=200)
    assert area == pytest.approx(smooth_step(x, p) - smooth_step(-6, p), rel=1e-6, abs=1e-9)


@given(p=surrogates)
def test_height_is_that_of_the_closed_form(p):
    assert derivative(0.0, p) == pytest.approx(height(p), rel=1e-12)


@given(p=surrogates, x=st.floats(-50, 50))
def test_is_symmetric(p, x):
    assert derivative(x, p) == pytest.approx(derivative(-x, p), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("p", "area"),
    [(Triangle(height=3), 1), (Rectangle(width=0.4), 1), (Arctan(), 1), (Sigmoid(), 1), (MultiGaussian(), 0.425)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_area(p, area):
    whole = quad(derivative, -math.inf, math.inf, args=(p,))[0]
    pieces = corners(p) and quad(derivative, -6, 6, args=(p,), points=corners(p))[0]
    assert (pieces or whole) == pytest.approx(area, rel=1e-6)


@given(x=st.floats(-5, 5), a=st.floats(0.1, 5))
def test_triangle_is_its_equation(x, a):
    assert derivative(x, Triangle(height=a)) == pytest.approx(max(0.0, a - a * a * abs(x)), rel=1e-12, abs=1e-15)


def test_rectangle_is_open_at_its_edges():
    assert [derivative(x, Rectangle()) for x in (-0.5, -0.49, 0.49, 0.5)] == [0, 1, 1, 0]


def test_multi_gaussian_is_that_of_its_authors():
    # At 0, sigma 1/2, s 6, h 0.15, scale 1/2: N(0; 0, 1/4) = 0.7978846, N(0; 1/2, 9) = 0.1311466.
    expected = 0.5 * (1.15 * 0.7978846 - 2 * 0.15 * 0.1311466)
    assert derivative(0.0, MultiGaussian()) == pytest.approx(expected, rel=1e-6)
    assert derivative(2.0, MultiGaussian()) < 0  # flanks


@given(x=st.floats(-1e30, 1e30), p=surrogates)
def test_forward_is_the_step_with_1_at_0(x, p):
    assert spike(torch.tensor(x, dtype=torch.float64), p).item() == (1.0 if x >= 0 else 0.0)


@given(x=st.floats(-1e30, 1e30), p=surrogates)
def test_a_gradient_is_finite_even_far_away(x, p):
    z = torch.tensor(x, dtype=torch.float32, requires_grad=True)
    spike(z, p).backward()
    assert z.grad.isfinite()


@pytest.mark.parametrize("surrogate", SURROGATES, ids=lambda s: s.__name__)
def test_a_plain_name_has_its_defaults_and_json_keeps_it(surrogate):
    assert read(surrogate().name) == surrogate()
    assert read(surrogate().model_dump(mode="json")) == surrogate()


def test_a_plain_number_is_a_triangle_of_that_height():
    assert read(0.7) == Triangle(height=0.7)
    assert read(2) == Triangle(height=2.0)


@pytest.mark.parametrize("value", ["triangel", 0, -1.0, math.nan, {"name": "arctan", "height": 1}, {"alpha": 1}, None])
def test_what_is_no_surrogate_is_refused(value):
    with pytest.raises(ValidationError):
        read(value)
