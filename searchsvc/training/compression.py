r"""After training, LNM's polynomials as polynomials of lower degree: what is lost if the hardware affords no more?

The fit is the least-squares one on the bounding interval, with f(0) = 0 kept:

.. math:: \min_g \int_{-b}^{b} (f(u) - g(u))^2 du, \qquad g(u) = \sum_{i=1}^{M} \theta'_i u^i
"""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import nn

from spaces.neurons.lnm import Neuron


def fit(theta: Sequence[float], degree: int, bound: float) -> list[float]:
    """The coefficients of u, u^2, ... of the best polynomial of `degree`.

    >>> [round(c, 6) for c in fit([0.0, 0.0, 1.0], 1, bound=1.0)]  # u^3 by a line: 3/5 u
    [0.6]
    """
    # Gauss and Legendre's rule of n nodes integrates polynomials up to degree 2n - 1 exactly.
    nodes, weights = np.polynomial.legendre.leggauss(len(theta) + 1)
    powers = np.vander(nodes, len(theta) + 1, increasing=True)[:, 1:]
    scale = bound ** np.arange(1, len(theta) + 1)  # fitted on [-1, 1], where powers are alike in size
    root = np.sqrt(weights)[:, None]
    solution, *_ = np.linalg.lstsq(root * powers[:, :degree], root[:, 0] * (powers @ (scale * theta)), rcond=None)
    return [float(value) for value in solution / scale[:degree]]


def compressed(network: nn.Module, degree: int) -> nn.Module | None:
    """A copy of `network` whose polynomials are of `degree` at most; None if they are already."""
    copy = deepcopy(network)
    longer = [m for m in copy.modules() if isinstance(m, Neuron) and m.params.degree > degree]
    for neuron in longer:
        short = fit(neuron.theta.tolist(), degree, neuron.params.bound)
        neuron.theta = nn.Parameter(torch.tensor(short).to(neuron.theta))
    return copy if longer else None
