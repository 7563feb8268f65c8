"""What the data of every task of classes must be; `name` is the fixture that says which. Sequences: `sequences`."""

import pytest
import torch

from spaces import catalog


def load(name, **params):
    return catalog.tasks.load(name).load(catalog.tasks.params(name)(**params))


def parts(data):
    return {"train": data.train, "validation": data.validation, "test": data.test}


def rows(part):
    return {x.numpy().tobytes() for x in part.x.float()}


def test_shapes_and_classes_are_as_the_parameters_say(name):
    model, data = catalog.tasks.params(name), load(name)
    for part in parts(data).values():
        assert part.x.shape == (len(part.y), *model.input_shape)
        for generator in (None, torch.Generator()):
            x = data.prepare(part.x[:50], generator)
            assert x.shape == part.x[:50].shape
            assert x.dtype == torch.float32
            assert x.isfinite().all()
        assert set(part.y.tolist()) == set(range(model.classes))


def test_frames_are_as_many_as_time_steps(name):
    model = catalog.tasks.params(name)
    assert model.encoding == "direct" or model.input_shape[0] == model.time_steps


def test_preparing_draws_from_the_given_generator_alone(name):
    data = load(name)
    before, stored = torch.get_rng_state(), data.train.x[:20].clone()
    one, two = (data.prepare(data.train.x[:20], torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(one, two)
    assert torch.equal(data.prepare(data.train.x[:20], None), data.prepare(data.train.x[:20], None))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(data.train.x[:20], stored)


def test_no_sample_is_in_two_parts(name):
    train, validation, test = (rows(part) for part in parts(load(name)).values())
    assert not train & validation
    assert not train & test
    assert not validation & test


def test_the_default_is_the_default_of_the_parameters(name):
    assert catalog.tasks.load(name).load().fingerprint() == load(name).fingerprint()


def test_the_split_is_deterministic_in_its_seed(name):
    one, two = load(name, split_seed=3), load(name, split_seed=3)
    assert all(
        torch.equal(a.x, b.x) and torch.equal(a.y, b.y) for a, b in zip(*map(all_parts, (one, two)), strict=True)
    )
    assert one.fingerprint() == two.fingerprint()


def test_another_seed_gives_another_split(name):
    one, two = load(name, split_seed=3), load(name, split_seed=4)
    assert one.fingerprint() != two.fingerprint()
    for a, b in zip(all_parts(one), all_parts(two), strict=True):
        assert sorted(a.y.tolist()) == sorted(b.y.tolist())  # stratified
    assert not torch.equal(one.train.x, two.train.x)
    assert not torch.equal(one.validation.x, two.validation.x)


def test_classes_are_mixed_so_that_either_half_of_the_training_part_trains(name):
    y = load(name).train.y.double()
    assert torch.corrcoef(torch.stack([y, torch.arange(len(y)).double()]))[0, 1].abs() < 0.5


def all_parts(data):
    return list(parts(data).values())


def test_scaled_by_the_training_part_alone(name):
    data = load(name)
    if set(data.train.x.unique().tolist()) <= {0, 1}:  # events
        assert data.preprocessing == {}
        return
    channels = 3 if data.train.x.shape[1] == 3 else 1  # colours are scaled apart

    def prepared(part):
        return data.prepare(part.x, None).double().reshape(len(part.y), channels, -1).transpose(0, 1).flatten(1)

    for x in prepared(data.train):
        assert x.mean().item() == pytest.approx(0, abs=1e-5)
        assert x.std(correction=0).item() == pytest.approx(1, abs=1e-5)
    for part in (data.validation, data.test):
        assert all(abs(x.mean().item()) > 1e-5 or abs(x.std().item() - 1) > 1e-4 for x in prepared(part))


def test_the_fingerprint_sees_one_changed_label(name):
    data = load(name)
    before = data.fingerprint()
    data.test.y[0] = (data.test.y[0] + 1) % catalog.tasks.params(name).classes
    assert data.fingerprint() != before
