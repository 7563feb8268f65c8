r"""Distances of correlated multivariate distributions, given by samples.

`sliced`: the mean over fixed directions of the squared W2 of projections, which is a squared Euclidean distance of
columns (sorted projections), so that every Matern order is positive definite (Bonneel et al. 2015).

`sinkhorn`: entropic transport T as the literature uses it, debiased, with zero diagonal, solved by POT
(:math:`T(a, b) - T(a, a)/2 - T(b, b)/2`, Feydy et al. 2019). A Matern kernel on it may not be positive definite: in 2
to 6 dimensions a third to a half of such matrices were not, at orders 3/2 and above. So its spectrum is looked at, and
`sliced` takes its place, with a warning, if an eigenvalue is negative.

Shapes: N distributions of M samples each in D dimensions, S slices.
"""

import warnings
from typing import Literal

import ot
import torch
from torch import Tensor

from searchsvc.strategies.wasserstein.kernel import matern

SLICES = 64
NEGATIVE = -1e-8  # an eigenvalue below this is no rounding error


def sliced_columns(x_NMD: Tensor, generator: torch.Generator, slices: int = SLICES) -> Tensor:
    """Columns (N, S M) whose Euclidean distance is the sliced W2; the generator draws the directions."""
    directions_DS = torch.randn(x_NMD.shape[-1], slices, generator=generator, dtype=x_NMD.dtype)
    sorted_NMS = (x_NMD @ (directions_DS / directions_DS.norm(dim=0))).sort(dim=1).values
    columns: Tensor = sorted_NMS.flatten(1) / (slices * x_NMD.shape[1]) ** 0.5
    return columns


def sinkhorn_squared(x_NMD: Tensor, regularisation: float) -> Tensor:
    """Debiased squared distances (N, N); `regularisation` in units of squared distance."""
    n = len(x_NMD)
    plain = torch.zeros(n, n, dtype=x_NMD.dtype)
    for i in range(n):
        for j in range(i + 1):
            plain[i, j] = plain[j, i] = _entropic(x_NMD[i], x_NMD[j], regularisation)
    own = plain.diagonal() / 2
    return (plain - (own[:, None] + own)).clamp_min(0).fill_diagonal_(0)


def distances(
    x_NMD: Tensor,
    distance: Literal["sliced", "sinkhorn"],
    generator: torch.Generator,
    *,
    regularisation: float = 0.25,
    nu: str = "5/2",
) -> tuple[Tensor, str]:
    """Distances (N, N) on which the Matern kernel is positive definite, and the name of those that they are.

    Args:
        regularisation: of `sinkhorn`, in units of the median squared distance between two sliced embeddings.
        nu: order at which `sinkhorn` must be positive definite, at lengthscales from a third to three medians.
    """
    columns = sliced_columns(x_NMD, generator)
    sliced = torch.cdist(columns, columns, compute_mode="donot_use_mm_for_euclid_dist")
    if distance == "sliced":
        return sliced, "sliced"
    median = sliced[sliced > 0].median()
    found = sinkhorn_squared(x_NMD, regularisation * float(median) ** 2).sqrt()
    scales = found[found > 0].median() * torch.tensor([1 / 3, 1.0, 3.0])
    smallest = min(float(torch.linalg.eigvalsh(matern(found / scale, nu))[0]) for scale in scales)
    if smallest >= NEGATIVE:
        return found, "sinkhorn"
    warnings.warn(f"sinkhorn: smallest eigenvalue {smallest:.1e} at nu {nu}; sliced takes its place", stacklevel=2)
    return sliced, "sliced"


def _entropic(x_MD: Tensor, y_MD: Tensor, regularisation: float) -> Tensor:
    """The entropic transport cost with its entropy, which is what debiasing needs."""
    share = torch.full((len(x_MD),), 1 / len(x_MD), dtype=x_MD.dtype)
    cost = torch.cdist(x_MD, y_MD, compute_mode="donot_use_mm_for_euclid_dist") ** 2
    plan = ot.sinkhorn(share, share, cost, regularisation, method="sinkhorn_log", stopThr=1e-7, warn=False)
    divergence = (plan * (plan.clamp_min(1e-300) / (share[:, None] * share)).log()).sum()
    total: Tensor = (plan * cost).sum() + regularisation * divergence
    return total
