"""An independent spike: the derivative is taken by autograd from the function that the surrogate is named after."""

import math

import torch
from hypothesis import strategies as st

from spaces.gradients.params import Arctan, MultiGaussian, Rectangle, Sigmoid, Triangle

positive = st.floats(0.3, 3)
surrogates = (
    st.builds(Triangle, height=positive)
    | st.builds(Rectangle, width=positive)
    | st.builds(Arctan, alpha=positive)
    | st.builds(Sigmoid, alpha=positive)
    | st.builds(MultiGaussian, sigma=positive, flank=st.floats(0, 1), spread=st.floats(1, 10), scale=positive)
)


def fire(x, surrogate):
    """Heaviside(x) plus a zero with the gradient of the smooth step."""
    smooth = _smooth_step(x, surrogate)
    return (x >= 0).to(x.dtype) + (smooth - smooth.detach())


def _smooth_step(x, p):
    match p:
        case Triangle(height=a):
            inside = x.clamp(-1 / a, 1 / a)
            return a * inside - a * a * inside * inside.abs() / 2
        case Rectangle(width=w):
            return torch.where(x.abs() < w / 2, x / w, torch.zeros_like(x))
        case Arctan(alpha=alpha):
            return torch.atan(math.pi / 2 * alpha * x) / math.pi
        case Sigmoid(alpha=alpha):  # odd about 1/2, in the half where autograd does not cancel
            return torch.where(x < 0, torch.sigmoid(alpha * x), -torch.sigmoid(-alpha * x))
        case MultiGaussian(sigma=sigma, flank=h, spread=s, scale=scale):
            flanks = _cumulative(x - sigma, s * sigma) + _cumulative(x + sigma, s * sigma)
            return scale * ((1 + h) * _cumulative(x, sigma) - h * flanks)


def _cumulative(x, sigma):
    return torch.erf(x / (sigma * math.sqrt(2))) / 2
