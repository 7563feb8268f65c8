"""Points of two values that no other beats, and the area that they dominate. The larger, the better."""

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


def hypervolume(points: Sequence[Pair], reference: Pair) -> float:
    """The area between the points' front and the reference, which they have to beat in both values to count.

    >>> hypervolume([(1, 3), (2, 2), (3, 0)], (0, 0))
    5.0
    """
    area, floor = 0.0, reference[1]
    inside = [point for point in points if point[0] > reference[0] and point[1] > reference[1]]
    for x, y in sorted(inside, reverse=True):
        if y > floor:
            area, floor = area + (x - reference[0]) * (y - floor), y
    return area


def growth(points: Sequence[Pair], reference: Pair) -> list[float]:
    """The hypervolume after each of the points."""
    kept: list[Pair] = []
    found: list[float] = []
    for point in points:
        if not any(other[0] >= point[0] and other[1] >= point[1] for other in kept):
            kept = [other for other in kept if other[0] > point[0] or other[1] > point[1]] + [point]
            found.append(hypervolume(kept, reference))
        else:
            found.append(found[-1])
    return found
