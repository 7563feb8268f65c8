"""A task of numbers at every step, learned by descent and fitted by ridge regression, alone and through searches."""

import pytest
import torch

import searchsvc.local
from searchsvc.training.trials import begin, train
from spaces import configuration
from spaces.errors import UserError
from spaces.heads.regression import nrmse
from spaces.networks import build
from spaces.tasks import narma10
from spaces.tasks.params.narma10 import Params

NARMA = {"input_shape": [200, 1], "encoding": "frames", "time_steps": 200, "classes": 1, "task": "narma10"}
RECURRENT = {**NARMA, "network": {"name": "recurrent", "units": [32], "readout_tau": 2.0}, "neurons": ["alif"]}
RESERVOIR = {**NARMA, "network": "reservoir", "neurons": [], "training": "ridge"}
DESCENT = {"optimiser": "adamw", "lr": 0.01, "epochs": 8}


@pytest.mark.parametrize(("given", "below"), [({**RECURRENT, "training": DESCENT}, 0.95), (RESERVOIR, 0.7)])
def test_it_follows_better_than_the_mean_does(given, below):
    network, result = train(configuration.read(given), 0)
    data = narma10.load()
    for name, part in (("validation", data.validation), ("test", data.test)):
        with torch.no_grad():
            o_BT = network.eval()(part.x)[Params.washout :, :, 0].T
        error = nrmse(o_BT.reshape(-1, 1), part.y[:, Params.washout :].reshape(-1, 1))
        assert result.metrics[f"nrmse/{name}"] == pytest.approx(error, rel=1e-5)
        assert error < below
    assert result.preprocessing == data.preprocessing


def test_the_loss_of_an_epoch_is_that_of_torchs_plain_loop():
    chosen = configuration.read({**RECURRENT, "training": {**DESCENT, "epochs": 1}})
    loss = begin(chosen, 3).step().metrics["train_loss"]
    network, data, generator = build(chosen, seed=3), narma10.load(), torch.Generator().manual_seed(3)
    optimiser, found = torch.optim.AdamW(network.parameters(), 0.01, weight_decay=5e-5), []
    for index_B in torch.randperm(64, generator=generator).split(32):
        optimiser.zero_grad()
        o_TB1, y_TB1 = network(data.train.x[index_B]), data.train.y[index_B].transpose(0, 1)
        error = ((o_TB1 - y_TB1)[Params.washout :] ** 2).mean()
        error.backward()
        optimiser.step()
        found.append(error.item())
    assert loss == pytest.approx(sum(found) / 2, rel=1e-6)


def test_another_number_of_readouts_is_refused():
    with pytest.raises(UserError, match=r"and 2 classes; the data of task narma10 needs \[200, 1\] and 1$"):
        begin(configuration.read({**RECURRENT, "classes": 2, "training": DESCENT}), 0)


def ranked(found):
    return [sample.mean for sample in found.leaderboard()]


def test_a_search_over_distributions_makes_the_error_small():
    space = {"tau_excitatory": {"type": "distribution", "families": ["gamma"], "mean": [1, 20], "cv": [0.1, 1]}}
    spec = {"kind": "heterogeneity", "task": "narma10", "space": space, "strategy": "sobol", "seeds": 1}
    found = searchsvc.local.run({**spec, "budget": {"trials": 5}, "confirm": 1})
    assert found.goal.objective.metric == "nrmse/validation"
    assert ranked(found) == sorted(ranked(found)) and len(set(ranked(found))) == 5
    first = min((t for t in found.trials if not t.is_confirming), key=lambda t: t.result.metrics["nrmse/validation"])
    assert found.best() == first.suggestion.candidate.body


def test_a_search_places_neurons_where_they_make_the_error_small():
    spec = {
        "kind": "neuron_placement",
        "task": "narma10",
        "network": {"name": "recurrent", "units": [8, 8]},
        "neurons": ["lif", "alif"],
        "training": {**DESCENT, "epochs": 2},
        "strategy": {"epochs": 2},
        "seeds": 1,
        "confirm": 0,
        "budget": {"trials": 4},
    }
    found = searchsvc.local.run(spec)
    assert [trial.label for trial in found.trials][:3] == ["super network", "all LIF", "all ALIF"]
    assert ranked(found) == sorted(ranked(found)) and len(ranked(found)) == 3
    assert found.conclusion["sentence"]
