"""Distances of embeddings against optimal transport (POT), and coordinates against the points that they stand for."""

import numpy as np
import ot
import pytest
import torch

from searchsvc.strategies.wasserstein.embedding import Embedding
from spaces.distributions import params as d
from spaces.distributions.families import quantile
from spaces.distributions.gamma_table import GammaTable
from spaces.space.dimensions import decode, width
from tests.searchsvc.strategies.points import MIXED, TAU, space_of

FAMILIES = ["gamma", "log_normal", "uniform", "dirac", "log_normal_mixture"]
SIGNED = {"type": "distribution", "families": ["uniform", "lorentzian"], "mean": [-2, 3], "positive": False}


def drawn(space, seed, count):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, width(space), generator=generator, dtype=torch.float64)


def transport(first, second, log, samples=1000):
    """W2 by POT, of as many quantiles each."""
    u = (torch.arange(samples) + 0.5) / samples
    x, y = (quantile(value, u).numpy() for value in (first, second))
    return ot.wasserstein_1d(np.log(x) if log else x, np.log(y) if log else y, p=2) ** 0.5


@pytest.mark.parametrize(
    ("dimension", "usual", "worst"),
    [
        (TAU, 1e-3, 1e-2),
        ({**TAU, "families": FAMILIES}, 1e-3, 0.05),
        ({**SIGNED, "support": [-9, 9]}, 1e-2, 0.05),
    ],
    ids=["smooth", "mixtures", "signed"],
)
def test_distances_are_pots_on_300_random_pairs(dimension, usual, worst):
    space = space_of({"x": dimension})
    embedding = Embedding(space)
    X = drawn(space, 0, 600)
    points = [decode(space, u)["x"] for u in X.tolist()]
    columns = embedding.transform(X) * embedding.encoders["x"].scale
    found = (columns[:300] - columns[300:]).norm(dim=1).numpy()
    expected = np.array(
        [transport(a, b, dimension.get("positive", True)) for a, b in zip(points[:300], points[300:], strict=True)]
    )
    error = np.abs(found - expected) / expected.mean()
    assert np.median(error) < usual and error.max() < worst


def test_of_smooth_families_the_distance_of_logarithms_is_right_to_one_in_a_thousand():
    """Closed form: normal distributions of the logarithm."""
    embedding = Embedding(space_of({"x": TAU}))
    first, second = d.LogNormal(mean=10, cv=0.3), d.LogNormal(mean=40, cv=1.2)
    (m1, s1), (m2, s2) = ((np.log(v.mean) - np.log1p(v.cv**2) / 2, np.sqrt(np.log1p(v.cv**2))) for v in (first, second))
    columns = embedding.embed([{"x": first}, {"x": second}]) * embedding.encoders["x"].scale
    assert (columns[0] - columns[1]).norm().item() == pytest.approx(np.hypot(m1 - m2, s1 - s2), rel=1e-10)


def test_the_error_for_measured_samples_is_some_percent():
    """Against the exact distance of merged quantile functions, which POT computes for samples."""
    embedding = Embedding(space_of({"x": {**TAU, "prior_samples": [[1, 2]]}}))
    generator = np.random.default_rng(0)
    errors = []
    for _ in range(50):
        x, y = (generator.gamma(k, 20 / k, size=60) for k in generator.uniform(1, 8, size=2))
        columns = (
            embedding.embed([{"x": d.Empirical(samples=tuple(v))} for v in (x, y)]) * embedding.encoders["x"].scale
        )
        exact = ot.emd2_1d(np.log(x), np.log(y), metric="sqeuclidean") ** 0.5
        errors.append(abs((columns[0] - columns[1]).norm().item() - exact) / exact)
    assert np.median(errors) < 0.03


def test_coordinates_and_the_points_they_stand_for_have_the_same_columns():
    space = space_of({**MIXED, "rest": {**TAU, "families": FAMILIES}, "b": {**SIGNED, "support": [-9, 9]}})
    embedding = Embedding(space)
    X = drawn(space, 3, 64)
    points = [decode(space, u) for u in X.tolist()]
    columns = embedding.transform(X)
    assert torch.allclose(columns, embedding.embed(points), atol=1e-9)
    assert columns.shape[-1] == sum(embedding.columns)
    assert embedding.columns == [16, 1, 1, 2, 64, 16]


def test_two_draws_are_one_apart_in_every_dimension():
    space = space_of({**MIXED, "b": {**SIGNED, "support": [-9, 9]}})
    embedding = Embedding(space)
    columns = embedding.transform(drawn(space, 4, 4000)).split(embedding.columns, dim=-1)
    for part in columns:
        assert (part[:2000] - part[2000:]).pow(2).sum(-1).mean().sqrt().item() == pytest.approx(1, rel=0.05)


def test_the_table_of_gamma_quantiles_is_right():
    u = torch.special.ndtr(torch.linspace(-6.6, 6.6, 16, dtype=torch.float64))
    cv = torch.logspace(-2, np.log10(4), 500, dtype=torch.float64).clamp(0.01, 4)[:, None]
    table = GammaTable(u)(torch.full_like(cv, 3.0), cv)
    exact = torch.stack([quantile(d.Gamma(mean=3, cv=c), u) for c in cv.squeeze().tolist()])
    usual = (u > 0.001) & (cv < 2)
    assert (table / exact - 1).abs().max() < 1e-4
    assert (table / exact - 1).abs()[usual].max() < 1e-6


def test_the_nearest_distribution_is_a_projection_onto_nondecreasing_quantiles():
    """Which differences from it show: none points to it, and none to the origin (it is a cone's)."""
    encoder = Embedding(space_of({"x": {**SIGNED, "families": ["uniform"]}})).encoders["x"]
    generator = np.random.default_rng(0)
    x = torch.tensor(generator.normal(size=(8, encoder.columns)))
    found = encoder.nearest(x)
    assert (encoder.values(found).diff() >= -1e-9).all() and (encoder.values(x).diff() < 0).any()
    assert ((x - found) * found).sum(-1).abs().max() < 1e-9
    valid = torch.tensor(np.sort(generator.normal(size=(200, 1, encoder.columns)))) * encoder.root_weights
    assert ((x - found) * valid).sum(-1).max() < 1e-9
    assert torch.allclose(encoder.nearest(valid[:, 0]), valid[:, 0])


@pytest.mark.parametrize("families", [["gamma", "dirac"], FAMILIES], ids=["smooth", "mixtures"])
def test_columns_give_quantiles_back(families):
    embedding = Embedding(space := space_of({"x": {**TAU, "families": families}}))
    u = [0.025, 0.122, 0.5, 0.651, 0.878, 0.975]
    for value in (decode(space, row.tolist())["x"] for row in drawn(space, 1, 50)):
        found = embedding.encoders["x"].quantiles(embedding.embed([{"x": value}]), u)
        middle = quantile(value, torch.tensor([[share - 0.05, share, share + 0.05] for share in u]).clamp(0.01, 0.99))
        assert (found >= middle[:, 0].numpy() * 0.999).all() and (found <= middle[:, 2].numpy() * 1.001).all()


def test_a_number_outside_its_range_is_away_from_the_end():
    space = space_of(
        {"x": {"type": "float", "low": 1, "high": 5}, "y": {"type": "float", "low": 1, "high": 4, "log": True}}
    )
    embedding = Embedding(space)
    values = [(1, 1), (5, 4), (7, 16), (-1e300, -1), (1e300, 1e300)]
    rows = embedding.embed([{"x": x, "y": y} for x, y in values])
    scales = torch.tensor([embedding.encoders[name].scale for name in space])
    expected = [[0, 0], [1, 1], [1.5, 2], [-4, -4], [5, 5]]
    assert (rows * scales).numpy() == pytest.approx(np.array(expected))


def test_a_range_of_very_many_whole_numbers_or_almost_none_is_embedded_too():
    wide = Embedding(space_of({"n": {"type": "int", "low": 0, "high": 10**9}}))
    assert wide.embed([{"n": 10**9}]).item() * wide.encoders["n"].scale == pytest.approx(1)
    narrow = space_of({"t": {**TAU, "families": ["dirac"], "mean": [5, np.nextafter(5, 6)]}})
    assert Embedding(narrow).embed([decode(narrow, [0.5])]).isfinite().all()
