import numpy as np
import pytest

from searchsvc.pictures.alpha_trajectories import Values, figure


def test_trajectories_have_a_small_picture_for_each_layer():
    alpha = np.random.default_rng(0).normal(size=(6, 5, 2))  # epochs x layers x candidates
    drawn = figure(Values(["lif", "slif"], {e + 1: alpha[e].tolist() for e in range(6)})).data
    assert len(drawn) == 10 and len({trace.xaxis for trace in drawn}) == 5
    for i, trace in enumerate(drawn):
        assert trace.x == (1, 2, 3, 4, 5, 6) and trace.y == pytest.approx(alpha[:, i // 2, i % 2])
    assert [trace.showlegend for trace in drawn] == [True] * 2 + [False] * 8
