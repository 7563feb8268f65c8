"""Event digits against a camera simulated pixel by pixel with scipy. Shapes: N samples, T steps, H height, W width."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from scipy.ndimage import shift, zoom
from sklearn.datasets import load_digits

from spaces.tasks import event_digits
from spaces.tasks.params.event_digits import Params


def camera(image_HW):
    """Twelve positions of the enlarged image: right and down, left and down, up; four steps each."""
    canvas = np.zeros((24, 24))
    canvas[6:18, 6:18] = zoom(image_HW, 1.5, order=1, mode="nearest", grid_mode=True)
    down = right = 0.0
    remembered = np.log(canvas + 0.1)
    frames = np.zeros((12, 2, 16, 16))
    for t in range(12):
        right += (1.2, -1.2, 0.0)[t // 4]
        down += (0.6, 0.6, -1.2)[t // 4]
        seen = np.log(shift(canvas, (down, right), order=1) + 0.1)
        for row in range(24):
            for column in range(24):
                change = seen[row, column] - remembered[row, column]
                if abs(change) > 0.6:
                    remembered[row, column] = seen[row, column]
                    if 4 <= row < 20 and 4 <= column < 20:
                        frames[t, int(change < 0), row - 4, column - 4] = 1
    return frames


def test_events_equal_a_camera_simulated_pixel_by_pixel():
    images = load_digits().images[:12] / 16
    found = event_digits.events(torch.tensor(images))
    expected = np.stack([camera(image) for image in images])
    assert 0.02 < expected.mean() < 0.3
    np.testing.assert_array_equal(found.numpy(), expected)


def test_a_dark_image_sends_nothing_and_polarity_is_that_of_the_change():
    assert event_digits.events(torch.zeros(1, 8, 8)).sum() == 0
    bar = torch.zeros(1, 8, 8)
    bar[:, :, 3:5] = 1
    first_NCHW = event_digits.events(bar)[:, 0]  # the bar moves right: its right edge turns bright, its left one dark
    on, off = (first_NCHW[0, polarity].nonzero()[:, 1].double().mean().item() for polarity in (0, 1))
    assert on > off + 2


def test_deletion_loses_its_share_anew_in_training_and_once_in_evaluation():
    clean, noisy = (event_digits.load(Params(deletion=share)) for share in (0.0, 0.25))
    for part in ("validation", "test"):
        before, after = getattr(clean, part).x, getattr(noisy, part).x
        assert (after <= before).all()
        assert 1 - after.sum().item() / before.sum().item() == pytest.approx(0.25, abs=0.01)
        assert torch.equal(noisy.prepare(after, None), after.float())
    assert torch.equal(noisy.train.x, clean.train.x)
    generator = torch.Generator().manual_seed(0)
    one, two = (noisy.prepare(noisy.train.x, generator) for _ in range(2))
    kept = noisy.train.x.sum().item()
    assert one.sum().item() / kept == pytest.approx(0.75, abs=0.01)
    assert (one * two).sum().item() / kept == pytest.approx(0.75**2, abs=0.01)  # independent


def test_a_small_training_set_is_a_stratified_part_of_the_whole_and_leaves_the_rest_alone():
    whole, small = event_digits.load(), event_digits.load(Params(train_samples=100))
    counts = Counter(small.train.y.tolist())
    assert len(small.train.y) == 100
    assert all(count in (math.floor(10 * 0.95), 10, 11) for count in counts.values()), counts
    rows = {x.numpy().tobytes() for x in whole.train.x}
    assert all(x.numpy().tobytes() in rows for x in small.train.x)
    assert torch.equal(small.validation.x, whole.validation.x)
    assert torch.equal(small.test.x, whole.test.x)
    other = event_digits.load(Params(train_samples=100, split_seed=1))
    assert not torch.equal(other.train.y, small.train.y)
