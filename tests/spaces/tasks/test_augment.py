"""Augmentations against plain loops in numpy. Shapes: N samples, C channels, H height, W width."""

from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image

from spaces.tasks import _augment, _autoaugment

X = torch.randint(1, 256, (60, 3, 6, 7), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def moved(x_CHW, down, right):
    """Loops: what stood at (h, w) stands at (h - down, w - right); black elsewhere."""
    out = np.zeros_like(x_CHW)
    _, height, width = x_CHW.shape
    for h in range(height):
        for w in range(width):
            if 0 <= h + down < height and 0 <= w + right < width:
                out[:, h, w] = x_CHW[:, h + down, w + right]
    return out


def test_shifted_images_are_the_original_moved_by_every_possible_distance():
    out = _augment.shifted(X, 1, generator()).numpy()
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    found = Counter()
    for before, after in zip(X.numpy(), out, strict=True):
        matches = [move for move in moves if np.array_equal(moved(before, *move), after)]
        assert len(matches) == 1
        found[matches[0]] += 1
    assert set(found) == set(moves)


def test_mirrored_images_are_the_original_or_its_mirror_about_equally_often():
    out = _augment.mirrored(X, generator()).numpy()
    mirrors = [np.array_equal(after, before[..., ::-1]) for before, after in zip(X.numpy(), out, strict=True)]
    same = [np.array_equal(after, before) for before, after in zip(X.numpy(), out, strict=True)]
    assert all(a != b for a, b in zip(mirrors, same, strict=True))
    assert 15 < sum(mirrors) < 45


@pytest.mark.parametrize("side", [3, 4])
def test_cutout_zeroes_one_square_whose_centre_lies_in_the_image(side):
    out = _augment.cutout(X, side, generator()).numpy()
    seen = set()
    for before, after in zip(X.numpy(), out, strict=True):
        candidates = []
        for row in range(6):
            for column in range(7):
                expected = before.copy()
                top, left = max(0, row - side // 2), max(0, column - side // 2)
                expected[:, top : row - side // 2 + side, left : column - side // 2 + side] = 0
                if np.array_equal(expected, after):
                    candidates.append((row, column))
        assert candidates
        seen.add(candidates[0])
    assert len(seen) > 20


def test_the_policy_has_25_pairs_with_probabilities_and_magnitudes_in_range():
    assert len(_autoaugment.POLICY) == 25
    operations = [operation for pair in _autoaugment.POLICY for operation in pair]
    assert len(operations) == 50
    assert all(0 <= p <= 1 and 0 <= m <= 9 for _, p, m in operations)
    assert len({name for name, _, _ in operations}) == 13


GREY = np.tile(np.arange(0, 256, 16, dtype=np.uint8), (16, 1))
IMAGE = np.stack([GREY, GREY.T, 255 - GREY], -1)


@pytest.mark.parametrize(
    ("name", "magnitude", "sign", "expected"),
    [
        ("invert", 1, 1, 255 - IMAGE),
        ("solarize", 0.5, 1, np.where(IMAGE < 128, IMAGE, 255 - IMAGE)),
        ("posterize", 1, 1, IMAGE & 0b11110000),
        ("brightness", 0.5, -1, IMAGE * 0.55),
        ("brightness", 0, 1, IMAGE),
        ("contrast", 0, 1, IMAGE),
        ("sharpness", 0, -1, IMAGE),
        ("color", 0, 1, IMAGE),
        ("rotate", 0, 1, IMAGE),
        ("auto_contrast", 0.3, 1, IMAGE * (255 / 240) - [0, 0, 15 * 255 / 240]),
    ],
)
def test_an_operation_is_its_formula(name, magnitude, sign, expected):
    found = np.asarray(_autoaugment.apply(Image.fromarray(IMAGE), name, magnitude, sign)).astype(float)
    np.testing.assert_allclose(found, expected, atol=1.01)


@pytest.mark.parametrize("sign", [1, -1])
def test_translation_moves_by_at_most_150_of_331(sign):
    far = round(sign * 16 * 150 / 331)
    found = np.asarray(_autoaugment.apply(Image.fromarray(IMAGE), "translate_x", 1, sign))
    np.testing.assert_array_equal(found.transpose(2, 0, 1), moved(IMAGE.transpose(2, 0, 1), 0, far))


def test_autoaugment_draws_from_the_generator_alone_and_treats_images_apart():
    x_NCHW = torch.from_numpy(IMAGE.transpose(2, 0, 1).copy()).expand(200, 3, 16, 16)
    one, two = (_autoaugment.autoaugment(x_NCHW, generator(3)) for _ in range(2))
    assert torch.equal(one, two)
    assert not torch.equal(one, _autoaugment.autoaugment(x_NCHW, generator(4)))
    assert len({x.numpy().tobytes() for x in one}) > 25
