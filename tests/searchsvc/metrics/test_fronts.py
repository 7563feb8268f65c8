"""Fronts against BoTorch's, on random points."""

import pytest
import torch
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated

from searchsvc.metrics import fronts


def draw(seed: int, count: int = 40) -> list[fronts.Pair]:
    """Points of a coarse grid, so that many tie, some of them not better than the reference (0, 0)."""
    values = torch.randint(-3, 12, (count, 2), generator=torch.Generator().manual_seed(seed))
    return [(float(x), float(y)) for x, y in values]


@pytest.mark.parametrize("seed", range(5))
def test_the_front_is_botorchs(seed: int) -> None:
    points = draw(seed)
    expected = is_non_dominated(torch.tensor(points), deduplicate=False).nonzero().flatten().tolist()
    found = fronts.front(points)
    assert sorted(found) == expected
    assert [points[i][0] for i in found] == sorted((points[i][0] for i in found), reverse=True)


@pytest.mark.parametrize("seed", range(5))
def test_the_hypervolume_is_botorchs_after_each_point(seed: int) -> None:
    points = draw(seed)
    botorchs = Hypervolume(torch.zeros(2, dtype=torch.float64))

    def expected(some: list[fronts.Pair]) -> float:
        values = torch.tensor(some, dtype=torch.float64)
        return botorchs.compute(values[is_non_dominated(values)])

    grown = fronts.growth(points, (0.0, 0.0))
    assert grown == pytest.approx([expected(points[: i + 1]) for i in range(len(points))])
    assert grown[-1] > grown[0]
