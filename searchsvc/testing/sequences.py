"""What the data of every task of sequences must be; `name` is the fixture that says which."""

import torch

from searchsvc.testing.tasks import (  # noqa: F401 - as of every task
    all_parts,
    load,
    parts,
    test_frames_are_as_many_as_time_steps,
    test_no_sample_is_in_two_parts,
    test_preparing_draws_from_the_given_generator_alone,
    test_the_default_is_the_default_of_the_parameters,
    test_the_split_is_deterministic_in_its_seed,
)
from spaces import catalog


def test_shapes_are_as_the_parameters_say(name):
    model, data = catalog.tasks.params(name), load(name)
    for part in parts(data).values():
        assert part.x.shape == (len(part.x), *model.input_shape)
        assert part.y.shape == (len(part.x), model.input_shape[0], model.classes)
        assert part.x.dtype == part.y.dtype == torch.float32
        assert part.x.isfinite().all() and part.y.isfinite().all()


def test_another_seed_gives_other_sequences(name):
    one, two = load(name, split_seed=3), load(name, split_seed=4)
    assert one.fingerprint() != two.fingerprint()
    assert not any(torch.equal(a.x, b.x) for a, b in zip(all_parts(one), all_parts(two), strict=True))


def test_every_sequence_has_steps_that_are_scored(name):
    model = catalog.tasks.params(name)
    assert 0 <= model.washout < model.time_steps


def test_what_is_to_be_given_scores_best_and_noise_scores_nothing(name):
    data, washout = load(name), catalog.tasks.params(name).washout
    y_nK = data.validation.y[:, washout:].flatten(0, 1)
    noise_nK = torch.randn(y_nK.shape, generator=torch.Generator().manual_seed(0))
    score = data.head.measure
    best, half, nothing = score(y_nK, y_nK), score(y_nK + noise_nK, y_nK), score(noise_nK, y_nK)
    if catalog.tasks.params(name).metric.direction == "max":
        assert best > half > nothing
        assert abs(nothing) < 0.01 * best
    else:  # an error
        assert best < half < nothing
        assert best < 0.01 * nothing


def test_the_fingerprint_sees_one_changed_target(name):
    data = load(name)
    before = data.fingerprint()
    data.test.y[0, -1, 0] += 1
    assert data.fingerprint() != before
