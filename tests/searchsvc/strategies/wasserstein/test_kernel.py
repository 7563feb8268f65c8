"""The Wasserstein-Matern kernel: GPyTorch's contract, closed forms against Bessel functions, spectrum, gradients."""

import numpy as np
import pytest
import torch
from botorch.models import SingleTaskGP
from gpytorch.test.base_kernel_test_case import BaseKernelTestCase
from scipy import special

from searchsvc.strategies.wasserstein.embedding import Embedding
from searchsvc.strategies.wasserstein.kernel import ORDERS, WassersteinMaternKernel, matern
from spaces.distributions import params as d
from spaces.errors import UserError
from spaces.space.dimensions import width
from tests.searchsvc.strategies.points import MIXED, TAU, space_of

FAMILIES = ["gamma", "log_normal", "uniform", "dirac", "log_normal_mixture"]


class TestContract(BaseKernelTestCase):
    """GPyTorch's own suite."""

    __test__ = True

    def create_kernel_no_ard(self, **kwargs):
        return WassersteinMaternKernel(**kwargs)

    def create_kernel_ard(self, num_dims, **kwargs):
        return WassersteinMaternKernel([1] * num_dims, **kwargs)


def bessel(r, nu):
    """Any order, from the definition."""
    a = np.sqrt(2 * nu) * np.where(r > 0, r, 1.0)
    return np.where(r > 0, 2 ** (1 - nu) / special.gamma(nu) * a**nu * special.kv(nu, a), 1.0)


@pytest.mark.parametrize("nu", ORDERS)
def test_closed_forms_are_the_bessel_functions(nu):
    r = np.linspace(0, 8, 200)
    assert matern(torch.tensor(r), nu).numpy() == pytest.approx(bessel(r, ORDERS[nu]), abs=1e-10)


def test_another_order_is_an_error():
    with pytest.raises(UserError, match="nu: got '7/2'; allowed are 1/2, 3/2, 5/2"):
        WassersteinMaternKernel(nu="7/2")


def gram(columns, nu, lengthscale, sizes):
    kernel = WassersteinMaternKernel(sizes, nu).double()
    kernel.lengthscale = lengthscale
    return kernel(columns).to_dense().detach()


@pytest.mark.parametrize("seed", range(200))
def test_every_order_is_positive_definite(seed):
    """Also of coincident and nearly coincident points, and of orders without a closed form."""
    generator = torch.Generator().manual_seed(seed)
    columns = EMBEDDING.transform(torch.rand(40, WIDTH, generator=generator, dtype=torch.float64))
    columns = torch.cat([columns, columns[:3], columns[3:6] + 1e-9])
    lengthscale = 10 ** (2 * torch.rand(1, len(EMBEDDING.columns), generator=generator, dtype=torch.float64) - 1)
    for nu in ORDERS:
        assert torch.linalg.eigvalsh(gram(columns, nu, lengthscale, EMBEDDING.columns))[0] >= -1e-10
    r = torch.cdist(columns, columns, compute_mode="donot_use_mm_for_euclid_dist").numpy()
    for nu in (0.2, 1.0, 4.3):
        assert np.linalg.eigvalsh(bessel(r, nu))[0] >= -1e-10


SPACE = space_of({**MIXED, "rest": {**TAU, "families": FAMILIES}})
EMBEDDING, WIDTH = Embedding(SPACE), width(SPACE)


def test_one_lengthscale_a_dimension():
    a, b = (
        {"gain": 1.0, "depth": 1, "kind": "ring", "tau": d.Dirac(value=9), "rest": d.Dirac(value=v)} for v in (7, 9)
    )
    other = {**a, "gain": 5.0}
    columns = EMBEDDING.embed([a, b, other])
    for changed, row in (("rest", 1), ("gain", 2)):
        lengthscale = torch.ones(1, len(EMBEDDING.columns))
        lengthscale[0, list(SPACE).index(changed)] = 1e9
        assert gram(columns, "5/2", lengthscale, EMBEDDING.columns)[0, row] == pytest.approx(1.0)
        assert gram(columns, "5/2", lengthscale, EMBEDDING.columns)[0, 3 - row] < 0.99


def test_the_kernel_knows_distributions_and_not_how_they_are_written():
    """The same distribution as another family or other parameters is the same point."""
    log_normal = d.LogNormal(mean=20, cv=0.5)
    mixture = d.LogNormalMixture(weights=(0.3, 0.7), means=(20, 20), cvs=(0.5, 0.5))
    rest = {"gain": 1.0, "depth": 1, "kind": "ring", "tau": d.Dirac(value=9)}
    columns = EMBEDDING.embed([{**rest, "rest": value} for value in (log_normal, mixture)])
    assert torch.cdist(columns, columns).max() < 1e-7
    narrow = d.Gamma(mean=20, cv=0.01)
    columns = EMBEDDING.embed([{**rest, "rest": value} for value in (narrow, d.Dirac(value=20), log_normal)])
    apart = torch.cdist(columns, columns)
    assert apart[0, 1] < 0.03 * apart[1, 2]


@pytest.mark.parametrize("nu", ORDERS)
def test_gradients_are_finite_where_points_coincide(nu):
    x = torch.tensor([[0.3, 0.4], [0.3, 0.4], [0.9, 0.1]], dtype=torch.float64, requires_grad=True)
    kernel = WassersteinMaternKernel([1, 1], nu).double()
    for value in (kernel(x).to_dense(), kernel(x, x.clone(), diag=True)):
        for gradient in torch.autograd.grad(value.sum(), (x, kernel.raw_lengthscale), allow_unused=True):
            assert gradient.isfinite().all()


@pytest.mark.parametrize("nu", ["3/2", "5/2"])
def test_the_whole_posterior_is_differentiable(nu):
    """Coordinates of the unit cube to posterior mean and variance, through families, quantiles, kernel and solve."""
    space = space_of({"tau": {**TAU, "families": FAMILIES}, "gain": MIXED["gain"]})
    generator = torch.Generator().manual_seed(0)
    X = torch.rand(12, width(space), generator=generator, dtype=torch.float64)
    Y = torch.randn(12, 1, generator=generator, dtype=torch.float64)
    embedding = Embedding(space)
    kernel = WassersteinMaternKernel(embedding.columns, nu)
    model = SingleTaskGP(X, Y, covar_module=kernel, input_transform=embedding, outcome_transform=None).eval()

    def posterior(x):
        found = model.posterior(x)
        return found.mean, found.variance

    middles = torch.tensor([[(i + 0.5) / len(FAMILIES)] for i in range(len(FAMILIES))], dtype=torch.float64)
    x = torch.cat([middles, X[: len(FAMILIES), 1:]], dim=1).requires_grad_(True)
    assert torch.autograd.gradcheck(posterior, x, atol=1e-6)
