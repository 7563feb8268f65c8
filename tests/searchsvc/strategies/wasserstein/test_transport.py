"""Multivariate distances against POT; where Sinkhorn's are no kernel, sliced ones are."""

import numpy as np
import ot
import pytest
import torch

from searchsvc.strategies.wasserstein.kernel import ORDERS, matern
from searchsvc.strategies.wasserstein.transport import distances, sinkhorn_squared, sliced_columns


def clouds(seed, count=12, samples=30, dimensions=2):
    """Correlated normal samples with random means and covariances."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(count, dimensions, dimensions, generator=generator, dtype=torch.float64)
    mean = torch.randn(count, 1, dimensions, generator=generator, dtype=torch.float64) / 2
    return torch.randn(count, samples, dimensions, generator=generator, dtype=torch.float64) @ mixing + mean


def generator():
    return torch.Generator().manual_seed(1)


def test_sliced_columns_are_pots_sliced_distance():
    x = clouds(0)
    columns = sliced_columns(x, generator(), slices=200)
    directions = torch.randn(2, 200, generator=generator(), dtype=torch.float64)
    directions = (directions / directions.norm(dim=0)).numpy()
    for i, j in [(0, 1), (2, 7), (5, 5)]:
        pots = ot.sliced_wasserstein_distance(x[i].numpy(), x[j].numpy(), projections=directions)
        assert (columns[i] - columns[j]).norm().item() == pytest.approx(pots, abs=1e-12)


def test_in_one_dimension_slices_are_exact():
    x = clouds(1, dimensions=1)
    columns = sliced_columns(x, generator(), slices=3)
    exact = ot.emd2_1d(x[0].numpy(), x[1].numpy()) ** 0.5
    assert (columns[0] - columns[1]).norm().item() == pytest.approx(exact)


def test_sinkhorn_is_debiased_and_near_exact_transport_for_little_regularisation():
    x = clouds(2, count=4)
    found = sinkhorn_squared(x, 0.1).numpy()
    share = np.full(30, 1 / 30)
    exact = [[ot.emd2(share, share, ot.dist(a.numpy(), b.numpy())) for a in x] for b in x]
    assert np.diag(found) == pytest.approx(0)
    assert found == pytest.approx(np.array(exact), rel=0.05, abs=0.05)


@pytest.mark.parametrize("nu", ORDERS)
@pytest.mark.parametrize("dimensions", [2, 5])
def test_sliced_distances_are_positive_definite(nu, dimensions):
    found, name = distances(clouds(3, count=40, dimensions=dimensions), "sliced", generator())
    smallest = torch.linalg.eigvalsh(matern(found / found.median(), nu))[0]
    assert name == "sliced" and smallest >= -1e-10


def test_an_indefinite_sinkhorn_gives_way_with_a_warning():
    """Clusters with the same mean in a plane, where transport's geometry is curved."""
    source = np.random.default_rng(3)
    x = []
    for _ in range(24):
        centres = source.normal(size=(source.integers(2, 4), 2))
        centres -= centres.mean(0)
        x.append(centres[source.integers(0, len(centres), size=8)] + 0.1 * source.normal(size=(8, 2)))
    with pytest.warns(UserWarning, match="smallest eigenvalue -.* sliced takes its place"):
        found, name = distances(torch.tensor(np.stack(x)), "sinkhorn", generator())
    assert name == "sliced" and torch.linalg.eigvalsh(matern(found, "5/2"))[0] >= -1e-10


def test_a_positive_definite_sinkhorn_stays():
    found, name = distances(clouds(4, count=6), "sinkhorn", generator(), nu="1/2")
    assert name == "sinkhorn" and torch.equal(found, found.T) and (found.diagonal() == 0).all()
