"""Trials: reproducible, bilevel without leaks, the test part read once. Shapes: T steps, B batch, K classes."""

import math
from dataclasses import replace

import pytest
import torch

from searchsvc.metrics.names import ACCURACY
from searchsvc.training import data as parts
from searchsvc.training import gradient
from searchsvc.training.gradient import Trial
from searchsvc.training.trials import train
from spaces import configuration
from spaces.errors import TrialError, UserError
from spaces.fittings.params.gradient import Params
from spaces.tasks import Data, Split

N_TRAIN, N_VALIDATION, N_TEST = 61, 24, 26


@pytest.fixture
def data(monkeypatch):
    """Small random data instead of the task's."""
    small = small_data()
    monkeypatch.setattr(parts, "_loaded", lambda task: small)
    return small


def small_data():
    """Every sample's first pixel is its number, so it can be told apart."""
    generator = torch.Generator().manual_seed(0)
    n = N_TRAIN + N_VALIDATION + N_TEST
    y = torch.arange(n) % 3
    x = torch.randn(n, 1, 4, 4, generator=generator) + y[:, None, None, None]
    x[:, 0, 0, 0] = torch.arange(n) / n
    parts = zip(x.split([N_TRAIN, N_VALIDATION, N_TEST]), y.split([N_TRAIN, N_VALIDATION, N_TEST]), strict=True)
    return Data(*(Split(*part) for part in parts))


def config(neuron="lif", **changes):
    return configuration.read(
        {
            "network": {"name": "vgg", "channels": [4, 3], "strides": [1, 2]},
            "neurons": [neuron] * 2,
            "input_shape": [1, 4, 4],
            "classes": 3,
            "time_steps": 2,
            "task": "digits",
            "training": {"epochs": 3, "batch_size": 16, "lr": 0.1} | changes,
            "architect": {"lr": 0.1},
        }
    )


def reports(neuron, seed, **changes):
    found = []
    network, _ = train(config(neuron, **changes), seed, report=found.append)
    return found, network.state_dict()


def numbers(x):
    """Which samples these are."""
    return [round(value * (N_TRAIN + N_VALIDATION + N_TEST)) for value in x[:, 0, 0, 0].tolist()]


def without_times(result):
    return vars(result) | {"metrics": {k: v for k, v in result.metrics.items() if k not in ("latency", "seconds")}}


@pytest.mark.parametrize("neuron", ["lif", "llif", "slif", "super_neuron"])
def test_one_seed_gives_the_same_trial_bit_for_bit_and_another_does_not(data, neuron):
    torch.manual_seed(1)
    one, weights_1 = reports(neuron, 5)
    torch.manual_seed(2)
    two, weights_2 = reports(neuron, 5)
    other, _ = reports(neuron, 6)
    assert [(r.step, r.metrics, r.architecture) for r in one] == [(r.step, r.metrics, r.architecture) for r in two]
    assert without_times(one[-1].result) == without_times(two[-1].result)
    assert all(torch.equal(weights_1[key], weights_2[key]) for key in weights_1)
    assert all(a.metrics["train_loss"] != b.metrics["train_loss"] for a, b in zip(one, other, strict=True))


def test_a_trial_leaves_the_global_generator_untouched(data):
    before = torch.get_rng_state()
    reports("super_neuron", 5)
    assert torch.equal(torch.get_rng_state(), before)


def test_reports_count_epochs_and_only_the_last_has_the_result(data):
    found, _ = reports("lif", 0)
    assert [r.step for r in found] == [1, 2, 3]
    assert [r.result is None for r in found] == [True, True, False]
    assert found[-1].result.metrics[ACCURACY] == found[-1].metrics[ACCURACY]
    assert all(math.isfinite(r.metrics["train_loss"]) and r.architecture == [] for r in found)


def test_result_is_that_of_the_returned_network(data):
    network, result = train(config(epochs=2), seed=3)
    network.eval()
    for part, name in ((data.validation, ACCURACY), (data.test, "accuracy/test")):
        with torch.no_grad():
            votes = sum(network(part.x)).argmax(1).tolist()
        hits = sum(vote == label for vote, label in zip(votes, part.y.tolist(), strict=True))
        assert result.metrics[name] == hits / len(part.y)
    assert result.data_hash == data.fingerprint()


def test_training_learns_the_digits():
    spec = config().model_dump() | {"input_shape": (1, 8, 8), "classes": 10}
    spec["training"] |= {"epochs": 3}
    spec["network"] |= {"channels": (8, 16)}
    _, result = train(configuration.read(spec), seed=0)
    assert result.metrics[ACCURACY] > 0.5
    assert result.metrics["accuracy/test"] > 0.5
    assert set(result.metrics) == {
        *("accuracy/validation", "accuracy/test", "parameters", "macs", "acs", "sops", "updates"),
        *("energy", "firing_rate", "latency", "seconds"),
    }


@pytest.mark.parametrize("neuron", ["lif", "super_neuron"])
def test_the_test_part_is_read_once_at_the_end(data, neuron, monkeypatch):
    scored, seen = [], []
    score = Trial.score

    def recorded(self, part):
        scored.append((self.epoch, {id(data.validation): "validation", id(data.test): "test"}[id(part)]))
        return score(self, part)

    monkeypatch.setattr(Trial, "score", recorded)
    trial = Trial(config(neuron), 0)
    trial.network.register_forward_pre_hook(lambda module, args: seen.extend(numbers(args[0])))
    for _ in range(3):
        trial.step()
    assert scored == [(1, "validation"), (2, "validation"), (3, "validation"), (3, "test")]
    first_of_test = N_TRAIN + N_VALIDATION
    assert seen[-N_TEST:] == list(range(first_of_test, first_of_test + N_TEST))
    assert max(seen[:-N_TEST]) < first_of_test


def updates(trial, monkeypatch):
    """Train to the end; for every update: which optimiser, which samples, and which parameters it moved."""
    found = []
    update = Trial._update

    def recorded(self, optimiser, batch):
        before = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        loss = update(self, optimiser, batch)
        moved = {name for name, p in self.network.named_parameters() if not torch.equal(p, before[name])}
        found.append(("alpha" if optimiser is self.architect else "weights", numbers(batch.x), moved))
        return loss

    monkeypatch.setattr(Trial, "_update", recorded)
    while not trial.step().result:
        pass
    return found


def test_weights_and_alpha_each_see_their_half_and_move_nothing_else(data, monkeypatch):
    trial = Trial(config("super_neuron"), 0)
    found = updates(trial, monkeypatch)
    samples = {kind: {n for k, batch, _ in found if k == kind for n in batch} for kind in ("weights", "alpha")}
    assert not samples["weights"] & samples["alpha"]
    assert samples["weights"] | samples["alpha"] == set(range(N_TRAIN))
    assert abs(len(samples["weights"]) - len(samples["alpha"])) <= 1
    moved = {kind: {n for k, _, names in found if k == kind for n in names} for kind in ("weights", "alpha")}
    assert moved["alpha"] == {"layers.0.neuron.alpha", "layers.1.neuron.alpha"}
    assert not moved["alpha"] & moved["weights"]
    assert moved["alpha"] | moved["weights"] == {name for name, _ in trial.network.named_parameters()}
    assert [kind for kind, _, _ in found] == ["alpha", "weights"] * (len(found) // 2)


def test_without_architecture_parameters_every_epoch_sees_the_whole_training_part_once(data, monkeypatch):
    found = updates(Trial(config(), 0), monkeypatch)
    per_epoch = len(found) // 3
    orders = []
    for epoch in range(3):
        batches = [batch for _, batch, _ in found[epoch * per_epoch : (epoch + 1) * per_epoch]]
        assert [len(batch) for batch in batches] == [16, 16, 16, 13]
        orders.append([n for batch in batches for n in batch])
        assert sorted(orders[-1]) == list(range(N_TRAIN))
    assert orders[0] != orders[1] != orders[2]


def noisy(x_B, generator):
    """Preparation that draws in training and marks evaluation."""
    return x_B - 100 if generator is None else x_B + torch.rand(len(x_B), 1, 1, 1, generator=generator)


def test_every_batch_is_prepared_training_with_the_generator_and_evaluation_without(data, monkeypatch):
    monkeypatch.setattr(parts, "_loaded", lambda task: replace(data, prepare=noisy))
    trial, seen = Trial(config(epochs=1), 0), []
    trial.network.register_forward_pre_hook(
        lambda module, args: seen.append((module.training, args[0][:, 0, 1:].mean().item() < -50))
    )
    trial.step()
    assert seen[:4] == [(True, False)] * 4
    assert len(seen) >= 4 + 3  # validation, costs, test
    assert set(seen[4:]) == {(False, True)}


@pytest.mark.parametrize("neuron", ["lif", "super_neuron"])
def test_a_restored_trial_goes_on_as_if_never_interrupted(data, neuron, monkeypatch):
    monkeypatch.setattr(parts, "_loaded", lambda task: replace(data, prepare=noisy))
    whole = Trial(config(neuron), 0)
    expected = [whole.step() for _ in range(3)]
    first = Trial(config(neuron), 0)
    assert first.step().metrics == expected[0].metrics
    resumed = Trial(config(neuron), 0)
    resumed.restore(first.state())
    torch.manual_seed(99)
    for report in expected[1:]:
        found = resumed.step()
        assert (found.metrics, found.architecture) == (report.metrics, report.architecture)


def test_a_last_batch_of_one_sample_is_left_out(data, monkeypatch):
    found = updates(Trial(config(batch_size=20), 0), monkeypatch)
    assert {len(batch) for _, batch, _ in found} == {20}
    assert len(found) == 3 * 3


def test_architecture_is_reported_layer_by_layer(data):
    trial = Trial(config("super_neuron"), 0)
    before = [layer.neuron.alpha.tolist() for layer in trial.network.layers]
    report = trial.step()
    alphas = [layer.neuron.alpha.tolist() for layer in trial.network.layers]
    assert report.architecture == [(layer, "alpha", values) for layer, values in enumerate(alphas)]
    assert alphas != before
    assert [len(values) for _, _, values in report.architecture] == [3, 3]


def test_dropout_comes_from_the_trials_seed_and_leaves_the_global_generator_untouched(data):
    def weights(seed, dropout):
        torch.manual_seed(seed + 100 * dropout)
        before = torch.get_rng_state()
        trial = Trial(with_dropout(dropout), 0)
        trial.step()
        trial.step()
        assert torch.equal(torch.get_rng_state(), before)
        return trial.network.readout.weight

    assert torch.equal(weights(1, 0.5), weights(2, 0.5))
    assert not torch.equal(weights(1, 0.5), weights(1, 0.0))


def with_dropout(share):
    given = config(epochs=3).model_dump()
    return configuration.read(given | {"network": given["network"] | {"dropout": share}})


def test_dropout_drops_the_same_features_at_every_step_and_differs_between_epochs(data):
    trial, dropped = Trial(with_dropout(0.5), 0), []

    def look(module, args):
        if module.training:
            zero_TBF = args[0] == 0
            assert torch.equal(zero_TBF.any(0), zero_TBF.all(0))
            dropped.append(zero_TBF[0])

    trial.network.pooled = lambda s: s.mean((-1, -2)) + 1  # never 0 but by dropout
    trial.network.readout.register_forward_pre_hook(look)
    trial.step()
    first, dropped[:] = torch.cat(dropped), []
    trial.step()
    assert 0.3 < first.double().mean() < 0.7
    assert not torch.equal(first, torch.cat(dropped))


def test_a_configuration_without_a_task_is_not_trained():
    with pytest.raises(UserError, match="got task null; name a task of the catalog"):
        Trial(config().model_copy(update={"task": None}), 0)


def test_one_step_of_weights_is_sgd_with_momentum_and_decay(data, monkeypatch):
    """Two steps at a constant rate: m = g + wd w, w -= lr m; then m = 0.9 m + g + wd w, w -= lr m."""
    trial = Trial(config(weight_decay=0.01, lr=0.1), 0)
    batch = Split(data.train.x[:16], data.train.y[:16])
    weight = trial.network.readout.weight
    expected, momentum = weight.detach().clone(), torch.zeros_like(weight)
    for _ in range(2):
        trial.network.zero_grad()
        trial.data.head.loss(trial.network(batch.x), batch.y, trial.training).backward()
        momentum = 0.9 * momentum + weight.grad + 0.01 * expected
        expected = expected - 0.1 * momentum
        trial._update(trial.optimiser, batch)
        torch.testing.assert_close(weight.detach(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("neuron", ["lif", "super_neuron"])
def test_a_diverging_learning_rate_is_answered_with_what_to_lower(data, neuron):
    with pytest.raises(TrialError) as caught:
        train(config(neuron, lr=1000.0, weight_decay=1000.0))
    assert "training diverged in epoch " in str(caught.value)
    assert "lower training.lr (got 1000.0) or the architecture's lr (got 0.1)" in str(caught.value)


def test_weights_that_diverge_in_the_last_step_are_no_result(data):
    one_step = config(epochs=1, batch_size=1000).model_copy(update={"training": Params(epochs=1, batch_size=1000)})
    trial = Trial(one_step, 0)
    trial.optimiser.param_groups[0]["lr"] = float("inf")
    with pytest.raises(TrialError, match="diverged in epoch 1"):
        trial.step()


def test_data_of_another_shape_or_with_more_classes_are_refused(data):
    with pytest.raises(UserError, match=r"got input_shape \[1, 5, 4\] and 3 classes; .* needs \[1, 4, 4\] and 3"):
        Trial(config().model_copy(update={"input_shape": (1, 5, 4)}), 0)
    with pytest.raises(UserError, match="2 classes"):
        Trial(config().model_copy(update={"classes": 2}), 0)


def test_a_network_whose_costs_cannot_be_counted_is_refused_before_it_trains(data, monkeypatch):
    class Opaque(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Bilinear(2, 2, 3)

    monkeypatch.setattr(gradient, "build", lambda config, seed: Opaque())
    with pytest.raises(UserError, match=r"^costs: got layer layer of class Bilinear, which does not"):
        Trial(config(), seed=0)
