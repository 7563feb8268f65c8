"""NARMA-10 against a literal loop, and what it takes to follow it."""

import numpy as np
import pytest
import torch

from spaces.tasks import narma10
from spaces.tasks.params.narma10 import Params


def loop(u):
    """The recurrence with the indices of the source, y[t + 1] from y[t], y[t - 1], ..."""
    y = np.zeros(len(u) + 1)

    def before(z, t):
        return z[t] if t >= 0 else 0.0

    for t in range(len(u)):
        recent = sum(before(y, t - i) for i in range(10))
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * recent + 1.5 * before(u, t - 9) * u[t] + 0.1
    return y[1:]


def test_targets_are_those_of_the_recurrence():
    data = narma10.load()
    scaling = data.preprocessing
    for part in (data.train, data.validation, data.test):
        for x, y in zip(part.x[:3, :, 0].double().numpy(), part.y[:3, :, 0].double().numpy(), strict=True):
            u = x * scaling["divide_by"] + scaling["subtract"]
            np.testing.assert_allclose(y * scaling["target_divide_by"] + scaling["target_subtract"], loop(u), atol=1e-6)


def test_inputs_are_uniform_and_targets_scaled_by_what_counts_of_the_training_part():
    data = narma10.load()
    u = torch.cat([part.x for part in (data.train, data.validation, data.test)]).flatten()
    assert u.min() >= -1 and u.max() < 1
    assert u.mean().item() == pytest.approx(0, abs=0.02)
    assert u.var().item() == pytest.approx(1 / 3, abs=0.01)
    seen = data.train.y[:, Params.washout :].double()
    assert seen.mean().item() == pytest.approx(0, abs=1e-6)
    assert seen.std(correction=0).item() == pytest.approx(1, abs=1e-6)


def test_a_system_that_runs_away_is_drawn_anew():
    """The largest inputs do; none of those that are drawn does."""
    assert narma10.narma(torch.full((1, 200), 0.5, dtype=torch.float64)).max() > 1
    for seed in range(20):
        data = narma10.load(Params(split_seed=seed))
        top = max(part.y.max().item() for part in (data.train, data.validation, data.test))
        assert top * data.preprocessing["target_divide_by"] + data.preprocessing["target_subtract"] <= 1 + 1e-6


def followed(lags):
    """The error of a linear readout of the inputs of so many steps ago."""
    data = narma10.load()

    def rows(part):
        u_NT = part.x[:, :, 0].double().numpy()
        columns = [np.roll(u_NT, lag, 1)[:, Params.washout :].ravel() for lag in lags]
        return np.stack([*columns, np.ones(columns[0].size)], 1)

    def targets(part):
        return part.y[:, Params.washout :, 0].double().numpy().ravel()

    fitted, *_ = np.linalg.lstsq(rows(data.train), targets(data.train), rcond=None)
    given, wanted = (torch.from_numpy(z)[:, None] for z in (rows(data.test) @ fitted, targets(data.test)))
    return data.head.measure(given, wanted)


def test_it_asks_for_ten_steps_of_memory():
    """Without the input of nine steps ago a readout follows much worse, and by what is long gone not at all."""
    assert 0 < followed(range(10)) + 0.1 < followed(range(9)) < 1
    assert followed([40]) == pytest.approx(1, abs=0.02)
