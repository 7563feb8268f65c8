"""Quantiles of gamma distributions at fixed shares, from a table, for the many distributions that an optimiser tries.

The logarithm of a standard gamma's quantile is smooth in the logarithm of its shape, so a cubic Hermite spline through
exact values and slopes gives it and its derivative.
"""

import math

import torch
from torch import Tensor

from spaces.distributions.families import log_gamma_quantile, log_gamma_slope

LOW, HIGH = -2 * math.log(4), -2 * math.log(0.01)  # the logarithm of the shape, 1 / cv^2
KNOTS = 257


class GammaTable:
    """Stands for `spaces.distributions.families.gamma` at shares `u_M`; M shares."""

    def __init__(self, u_M: Tensor) -> None:
        self.step = (HIGH - LOW) / (KNOTS - 1)
        knots_K1 = torch.linspace(LOW, HIGH, KNOTS, dtype=torch.float64)[:, None]
        self.value_KM = log_gamma_quantile(knots_K1, u_M) - knots_K1
        self.slope_KM = (log_gamma_slope(knots_K1, u_M) - 1) * self.step

    def __call__(self, mean: Tensor, cv: Tensor) -> Tensor:
        """Quantiles; `mean` and `cv` have one shape, whose last axis is 1, and M takes its place."""
        place = ((-2 * cv.log() - LOW) / self.step).clamp(0, KNOTS - 1)
        left = place.detach().floor().long().clamp_max(KNOTS - 2)
        t = place - left
        i = left.squeeze(-1)
        start, end = self.value_KM[i], self.value_KM[i + 1]
        first, last = self.slope_KM[i], self.slope_KM[i + 1]
        rise = t**2 * (3 - 2 * t)
        bend = t * (1 - t)
        return mean * torch.exp(start + rise * (end - start) + bend * ((1 - t) * first - t * last))
