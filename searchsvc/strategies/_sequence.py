"""The points of a scrambled Sobol sequence, which fill the unit cube of a space evenly (Owen 1998)."""

from collections.abc import Iterator
from typing import Any

from torch import float64
from torch.quasirandom import SobolEngine

from spaces.space.dimensions import Point, Space, decode, width


def points(space: Space, seed: int, index: int) -> Iterator[Point]:
    """The sequence that `seed` scrambles, from point number `index` on, which is from 0."""
    engine: Any = SobolEngine(width(space), scramble=True, seed=seed)  # type: ignore[no-untyped-call]
    engine.fast_forward(index)
    while True:
        yield decode(space, engine.draw(1, dtype=float64)[0].tolist())
