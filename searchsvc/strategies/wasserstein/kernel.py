r"""The Matern kernel on Wasserstein distance.

.. math::

    k(X, X') = \frac{2^{1-\nu}}{\Gamma(\nu)} \big(\sqrt{2\nu}\, r\big)^\nu K_\nu\big(\sqrt{2\nu}\, r\big), \qquad
    r^2 = \sum_j W_j(X, X')^2 / \ell_j^2

(HRSNN; K is the modified Bessel function of the second kind.) :math:`W_j` is the 2-Wasserstein distance of the values
of dimension j, a distribution, a number or a choice. The kernel sees their embeddings (`embedding`), columns
whose Euclidean distance it is. So the kernel is positive definite at every order, and differentiable.

Orders 1/2, 3/2 and 5/2 have closed forms:

.. math:: e^{-a}, \qquad (1 + a) e^{-a}, \qquad (1 + a + a^2/3) e^{-a}, \qquad a = \sqrt{2\nu}\, r
"""

from collections.abc import Sequence
from typing import Any

import torch
from gpytorch.kernels import Kernel
from torch import Tensor

from spaces.errors import UserError

ORDERS = {"1/2": 0.5, "3/2": 1.5, "5/2": 2.5}


class WassersteinMaternKernel(Kernel):  # type: ignore[misc]
    """One lengthscale for each dimension, whose columns follow each other in the kernel's input.

    Args:
        columns: how many columns each dimension has; None: all belong to one.
        nu: the order, "1/2", "3/2" or "5/2".

    Raises:
        UserError: another order.
    """

    has_lengthscale = True

    def __init__(self, columns: Sequence[int] | None = None, nu: str = "5/2", **options: Any) -> None:
        if nu not in ORDERS:
            raise UserError(f"nu: got {nu!r}; allowed are {', '.join(ORDERS)}")
        super().__init__(ard_num_dims=len(columns) if columns else None, **options)
        self.ard_num_dims = None  # or the base class would want as many columns as lengthscales
        self.nu = nu
        self.columns = [j for j, size in enumerate(columns or [1]) for _ in range(size)]  # each one's lengthscale

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **params: Any) -> Tensor:
        """Covariances of `x1` (..., N, columns) and `x2` (..., M, columns): (..., N, M), or (..., N) of their pairs."""
        scale = self.lengthscale[..., self.columns]
        x1, x2 = x1 / scale, x2 / scale
        if diag:
            return matern(torch.linalg.vector_norm(x1 - x2, dim=-1), self.nu)
        return matern(torch.cdist(x1, x2, compute_mode="donot_use_mm_for_euclid_dist"), self.nu)


def matern(r: Tensor, nu: str) -> Tensor:
    """The kernel at distance `r`; the distances above have derivative 0, not NaN, where points coincide."""
    a = (2 * ORDERS[nu]) ** 0.5 * r
    polynomial = {"1/2": 1.0, "3/2": 1 + a, "5/2": 1 + a + a**2 / 3}[nu]
    covariance: Tensor = polynomial * torch.exp(-a)
    return covariance
