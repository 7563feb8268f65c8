"""A whole search in one process."""

from dataclasses import replace

import pytest

from searchsvc import files, local
from searchsvc.local import LocalSearch
from searchsvc.metrics.names import ACCURACY
from searchsvc.specifications import NeuronPlacement
from spaces.errors import UserError

SPEC = {
    "kind": "neuron_placement",
    "task": "digits",
    "seed": 3,
    "seeds": 2,
    "confirm": 0,
    "budget": {"trials": 9},  # 1 + 2 * (2 uniform + 1 random + 1 searched, or random where that is one of the others)
    "neurons": ["lif", "llif"],
    "network": {"name": "vgg", "channels": [4, 4], "strides": [2, 2]},
    "time_steps": 2,
    "training": {"epochs": 1, "batch_size": 128},
    "strategy": {"epochs": 2},
}


@pytest.fixture(scope="module")
def runs():
    """The same search twice, each with what it reported."""
    found = []
    for _ in range(2):
        reports = []
        search = local.run(SPEC, report=lambda trial, epoch, reports=reports: reports.append((trial, epoch)))
        found.append((search, reports))
    return found


@pytest.fixture
def search(runs):
    return runs[0][0]


def test_trials_come_in_order(search):
    labels = ["super network", *(label for label in ("all LIF", "all LLIF", "random 1", "random 2") for _ in range(2))]
    assert [trial.label for trial in search.trials] == labels
    assert [trial.suggestion.seed for trial in search.trials] == [3000] + [3000, 3001] * 4


def test_every_epoch_of_every_trial_is_reported(runs):
    _, reports = runs[0]
    assert [(trial, epoch.step) for trial, epoch in reports] == [(0, 1), (0, 2), *((n, 1) for n in range(1, 9))]


def test_the_searched_placement_is_what_the_super_network_named(runs):
    search, reports = runs[0]
    alpha = next(
        [values for _, _, values in epoch.architecture] for trial, epoch in reports if (trial, epoch.step) == (0, 2)
    )
    expected = tuple(("lif", "llif")[row.index(max(row))] for row in alpha)
    (found,) = [sample for sample in search.samples() if sample.is_searched]
    assert tuple(neuron["name"] for neuron in found.configuration["neurons"]) == expected and found.label == "all LLIF"


def test_samples_hold_the_scores_of_all_seeds_without_the_super_network(search):
    samples = search.samples()
    assert [s.label for s in samples] == ["all LIF", "all LLIF", "random 1", "random 2"]
    assert [s.aliases for s in samples] == [(), ("searched",), (), ()]
    for sample in samples:
        trials = [t for t in search.trials if t.label == sample.label]
        assert sample.scores == tuple(t.result.metrics[ACCURACY] for t in trials)


def test_the_leaderboard_is_best_mean_first_and_best_is_its_head(search):
    """With accuracies of our own: all LIF 0.5, 0.9 (mean 0.7), all LLIF 0.8, 0.8, the super network 1."""
    own = {"super network": [1.0], "all LIF": [0.5, 0.9], "all LLIF": [0.8, 0.8], "random 1": [0.1, 0.2]}
    trials = [
        replace(
            trial,
            result=replace(
                trial.result, metrics={**trial.result.metrics, "accuracy/validation": own[trial.label].pop(0)}
            ),
        )
        for trial in search.trials
        if trial.label in own
    ]
    found = LocalSearch(trials, None)
    assert [(s.label, s.scores) for s in found.leaderboard()] == [
        ("all LLIF", (0.8, 0.8)),
        ("all LIF", (0.5, 0.9)),
        ("random 1", (0.1, 0.2)),
    ]
    assert found.best().placement == ("llif", "llif")


def test_the_conclusion_compares_the_searched_placement_with_all_others(search):
    assert search.conclusion["searched"] == "all LLIF"
    assert {c["label"] for c in search.conclusion["comparisons"]} == {"all LIF", "random 1", "random 2"}
    seconds = [t.result.metrics["seconds"] for t in search.trials]
    assert search.conclusion["search_seconds"] == seconds[0]
    assert search.conclusion["retrain_seconds"] == pytest.approx(sum(seconds[1:]))


def test_the_same_specification_gives_the_same_results(runs):
    (one, reports_1), (two, reports_2) = runs
    assert [t.suggestion for t in one.trials] == [t.suggestion for t in two.trials]
    assert [(n, r.step, r.metrics, r.architecture) for n, r in reports_1] == [
        (n, r.step, r.metrics, r.architecture) for n, r in reports_2
    ]
    assert [t.result.metrics["accuracy/test"] for t in one.trials] == [
        t.result.metrics["accuracy/test"] for t in two.trials
    ]
    assert [t.result.layers for t in one.trials] == [t.result.layers for t in two.trials]
    assert one.conclusion["comparisons"] == two.conclusion["comparisons"]


def test_another_seed_gives_another_search(runs):
    other = local.run({**SPEC, "seed": 4, "seeds": 1, "budget": {"trials": 4}})
    assert [t.suggestion.seed for t in other.trials] == [4000] * 4
    assert other.trials[0].result.layers != runs[0][0].trials[0].result.layers


def test_a_specification_is_a_mapping_a_model_or_a_file(tmp_path):
    small = {**SPEC, "seeds": 1, "budget": {"trials": 4}, "strategy": {"epochs": 1}}
    (tmp_path / "spec.yaml").write_text(files.to_yaml(small))
    model = NeuronPlacement(**{name: value for name, value in small.items() if name != "kind"})
    mapping, *others = [local.run(given) for given in (small, model, tmp_path / "spec.yaml")]
    for other in others:
        assert [(t.suggestion, t.result.metrics[ACCURACY]) for t in other.trials] == [
            (t.suggestion, t.result.metrics[ACCURACY]) for t in mapping.trials
        ]
    with pytest.raises(UserError, match=r"^specification: got 3; give a mapping, a model of .*, or a path$"):
        local.run(3)


def test_a_wrong_specification_is_refused_before_anything_runs():
    reports = []
    with pytest.raises(UserError, match=r"budget\.trials: got 2; this search needs at least 7"):
        local.run({**SPEC, "budget": {"trials": 2}}, report=lambda *report: reports.append(report))
    assert reports == []


@pytest.mark.parametrize(
    ("task", "network", "layers"),
    [
        ({"name": "event_digits", "train_samples": 40}, {"name": "vgg", "channels": [2, 2], "strides": [2, 2]}, 2),
        ({"name": "event_digits", "train_samples": 40}, {"name": "resnet", "channels": [2, 2], "width": 0.5}, 5),
        ("sequential_digits", {"name": "recurrent", "units": [2]}, 1),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_every_kind_of_task_and_network_can_be_searched(task, network, layers):
    small = {"seeds": 1, "budget": {"trials": 4}, "strategy": {"epochs": 1}}
    training = {"epochs": 1, "batch_size": 256}
    search = local.run({**SPEC, **small, "task": task, "network": network, "time_steps": None, "training": training})
    assert [trial.label for trial in search.trials][:3] == ["super network", "all LIF", "all LLIF"]
    assert len(search.trials) == (3 if layers == 1 else 4)  # of one layer these are all placements
    assert len([sample for sample in search.samples() if sample.is_searched]) == 1
    assert {len(trial.suggestion.candidate.body.placement) for trial in search.trials} == {layers}
    assert all(trial.result.metrics["energy"] > 0 for trial in search.trials)
