"""Fields by names with dots: which there are, what gets a new value, and what is read back from a configuration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.configuration import Configuration
from spaces.fittings.params.gradient import Params as Training
from spaces.networks.params.vgg import Params as Vgg
from spaces.neurons.params import lif, slif
from spaces.space.named import Given, plain, without

SHAPE = (1, 8, 8)
VGG = Vgg(channels=(4, 4), strides=(2, 2))
LIF, SLIF = lif.Params(surrogate="rectangle"), slif.Params(surrogate="rectangle")
MIXED = Given(VGG, SHAPE, Training(), (LIF, SLIF))
NEW = {"dropout": 0.25, "training.lr": 0.5, "neurons.tau": 3.5, "neurons.surrogate.width": 2.5}


def as_json(given):
    neurons = given.neurons * given.network.spiking_layers if len(given.neurons) == 1 else given.neurons
    about = {"network": given.network, "training": given.training, "neurons": neurons}
    return Configuration(**about, input_shape=SHAPE, classes=10, task=None).model_dump(mode="json")


def test_names_are_of_the_network_of_what_all_neurons_share_and_of_the_training():
    names = MIXED.names()
    assert {"dropout", "width", "pooling", "neurons.tau", "neurons.surrogate.width", "training.batch_size"} < {*names}
    assert not {"name", "variant", "channels", "neurons.beta", "neurons.name", "training.name"} & {*names}
    assert "neurons.beta" in Given(VGG, SHAPE, Training(), (SLIF,)).names()


def test_what_has_new_values_is_as_given_but_for_them():
    made = MIXED.with_values(NEW)
    before, after = as_json(MIXED), as_json(made)
    assert without(before, list(NEW)) == without(after, list(NEW)) and before != after
    assert [neuron["tau"] for neuron in after["neurons"]] == [3.5, 3.5]
    assert [neuron["surrogate"] for neuron in after["neurons"]] == [{"name": "rectangle", "width": 2.5}] * 2
    assert {name: MIXED.stored(after, name) for name in NEW} == NEW == {name: made.value(name) for name in NEW}


@given(st.sampled_from(MIXED.names()))
def test_the_value_that_is_there_changes_nothing(name):
    as_it_is = plain(MIXED.value(name))
    assert MIXED.with_values({name: as_it_is}) == MIXED
    assert MIXED.stored(as_json(MIXED), name) == as_it_is


def test_what_is_not_written_since_it_is_the_default_is_read_as_that():
    adam = Given(VGG, SHAPE, Training(optimiser="adam"), (LIF,))
    for name in ("sgd", "adam"):
        written = as_json(adam.with_values({"training.optimiser": name}))
        assert ("optimiser" in written["training"]) == (name == "adam")
        assert adam.stored(written, "training.optimiser") == name


def test_values_of_another_trainer_are_read_by_their_names():
    assert MIXED.stored({"trainer": "lab", "values": {"dropout": 0.5}}, "dropout") == 0.5


def test_what_is_chosen_by_its_name_keeps_its_own_parameters_where_it_stays():
    wide = Given(VGG, SHAPE, Training(), (lif.Params(surrogate={"name": "rectangle", "width": 7}),))
    assert wide.with_values({"neurons.surrogate": "rectangle"}) == wide
    arctan = wide.with_values({"neurons.surrogate": "arctan"})
    assert arctan.neurons == (lif.Params(surrogate="arctan"),) and arctan.value("neurons.surrogate").alpha == 2.0
    assert arctan.stored(as_json(arctan), "neurons.surrogate") == "arctan"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dropout": 1.5}, "dropout: got 1.5; give less than 1"),
        ({"training.lr": 0}, "training.lr: got 0; give more than 0"),
        ({"neurons.surrogate.width": -1}, "neurons.surrogate.width: got -1; give more than 0"),
        ({"neurons.surrogate": "arc"}, "neurons.surrogate: got 'arc'; allowed are 'triangle', 'rectangle', 'arctan'"),
    ],
)
def test_a_value_that_a_field_does_not_take_is_refused_by_its_whole_name(values, said):
    with pytest.raises(ValueError) as caught:
        MIXED.with_values(values)
    assert str(caught.value).startswith(said)


def test_a_network_that_would_not_take_its_input_any_more_is_refused():
    deep = Given(Vgg(channels=(4,) * 5, strides=(2,) * 5), SHAPE, Training(), (LIF,))
    with pytest.raises(ValueError, match="this vgg needs images of at least 32 x 32 pixels, got 8 x 8"):
        deep.with_values({"pooling": "max"})


@pytest.mark.parametrize("name", ["tau", "channels", "variant", "neurons", "neurons.beta", "training.depth", "a" * 99])
def test_an_unknown_name_is_answered_with_those_that_there_are(name):
    with pytest.raises(
        ValueError, match=r"got .*, which .* has not; allowed are width, dropout, .*neurons\.tau, train"
    ):
        MIXED.check(["dropout", name])


def test_a_field_and_one_within_it_are_not_searched_together():
    with pytest.raises(
        ValueError, match=r"got neurons\.surrogate and neurons\.surrogate\.width, which is a field of it"
    ):
        MIXED.check(["neurons.surrogate.width", "dropout", "neurons.surrogate"])
