"""Parameter models: strict, immutable, and wrong ones explained in one line."""

import math

import pytest
from pydantic import ValidationError

from spaces import catalog
from spaces.gradients.params import Arctan, MultiGaussian, Rectangle, Sigmoid, Triangle
from spaces.params import Params
from spaces.wording import explain

MODELS = [
    pytest.param(c.params(name), id=name)
    for c in (catalog.neurons, catalog.networks, catalog.tasks)
    for name in c.names()
] + [pytest.param(model, id=model().name) for model in (Triangle, Rectangle, Arctan, Sigmoid, MultiGaussian)]


class Example(Params):
    count: int = 1
    rate: float = 0.5


def message(**values):
    with pytest.raises(ValidationError) as caught:
        Example(**values)
    return explain(caught.value.errors()[0])


@pytest.mark.parametrize("model", MODELS)
def test_unknown_fields_are_refused(model):
    with pytest.raises(ValidationError, match="allowed are "):
        model(colour="blue")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_float_may_be_nan_or_infinite(model, value):
    for field, default in model():
        if isinstance(default, float):
            with pytest.raises(ValidationError, match="finite"):
                model(**{field: value})


@pytest.mark.parametrize("model", MODELS)
def test_parameters_are_immutable_and_hash_by_value(model):
    params = model()
    assert hash(params) == hash(model())
    with pytest.raises(ValidationError, match="frozen"):
        params.name = "other"


def test_explanations_name_field_got_and_allowed():
    assert message(count="many") == ("count: got 'many'; give a whole number")
    assert message(rate=math.nan) == "rate: got nan; give a finite number"


def test_an_unknown_field_is_explained_with_the_allowed_ones():
    with pytest.raises(ValidationError) as caught:
        Example(colour="blue")
    assert explain(caught.value.errors()[0]) == ("colour: got an unknown field; allowed are count, rate")


def test_a_long_value_is_cut():
    assert len(message(count="x" * 1000)) < 200
