"""Points of two values that no other beats, and the area that they dominate. The larger, the better."""

from bisect import bisect_left
from collections.abc import Sequence

Pair = tuple[float, float]


def front(points: Sequence[Pair]) -> list[int]:
    """Indices of the points that no other equals in both and beats in one, best of the first value first.

    >>> front([(1, 3), (2, 2), (1, 2), (3, 0), (2, 2)])
    [3, 1, 4, 0]
    """
    found: list[int] = []
    for i in sorted(range(len(points)), key=lambda i: (-points[i][0], -points[i][1])):
        if not found or points[i][1] > points[found[-1]][1] or points[i] == points[found[-1]]:
            found.append(i)
    return found


def growth(points: Sequence[Pair], reference: Pair) -> list[float]:
    """The hypervolume after each of the points; of n points in n log n steps."""
    front: list[Pair] = []  # the larger the first value, the smaller the second
    area = 0.0
    found: list[float] = []
    for point in points:
        if point[0] > reference[0] and point[1] > reference[1]:
            area += _gain(front, point, reference)
        found.append(area)
    return found


def _gain(front: list[Pair], point: Pair, reference: Pair) -> float:
    """The area that only this point dominates; it replaces in the front what it beats."""
    (right, top), floor = point, reference[1]
    end = start = bisect_left(front, right, key=lambda other: other[0])
    if end < len(front):
        floor = front[end][1]
        end += front[end][0] == right
    if floor >= top:
        return 0.0
    area = 0.0
    while start and front[start - 1][1] <= top:
        start -= 1
        area, (right, floor) = area + (right - front[start][0]) * (top - floor), front[start]
    left = front[start - 1][0] if start else reference[0]
    front[start:end] = [point]
    return area + (right - left) * (top - floor)
