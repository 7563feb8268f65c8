import numpy as np
import pytest

from searchsvc.pictures.polynomials import Values, figure


@pytest.mark.parametrize("bound", [1.0, 5.0])
def test_polynomials_are_drawn_over_the_bounding_interval_beside_lif(bound):
    layers = {0: [0.25, 0.5, -1.0], 2: [0.1, 0.0, 0.3]}
    *drawn, lif = figure(Values("LNM degree 3", layers, bound)).data
    assert [trace.name for trace in drawn] == ["layer 1", "layer 3"]
    for trace, theta in zip(drawn, layers.values(), strict=True):
        assert (min(trace.x), max(trace.x)) == (-bound, bound)
        assert trace.y == pytest.approx(np.polyval([*reversed(theta), 0.0], np.array(trace.x)))
    assert lif.line.dash == "dash" and lif.y == pytest.approx([0.25 * u for u in lif.x])
