"""Equal values have equal identities, however they are written, and others have not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc import kinds
from spaces import catalog, configuration
from spaces.distributions.params import Dirac, Empirical, Gamma, LogNormal, LogNormalMixture, Uniform, read
from spaces.identity import fingerprint, identity
from tests.specs import TINY_HETEROGENEITY

SAME = [
    (2, 2.0),
    (0.0, -0.0),
    (Gamma(mean=3, cv=1), Gamma(mean=3.0, cv=1.0)),
    (Empirical(samples=(3, 4)), Empirical(samples=(4.0, 3))),
    (Empirical(samples=(3, 4, 4)), Empirical(samples=(4, 3, 4, 4, 3, 4))),
    (Empirical(samples=(5,)), Dirac(value=5)),
    (Empirical(samples=(5, 5.0)), Dirac(value=5)),
    (LogNormalMixture(weights=(1,), means=(3,), cvs=(0.5,)), LogNormal(mean=3, cv=0.5)),
    (LogNormalMixture(weights=(0.1, 0.2, 0.7), means=(3,) * 3, cvs=(0.5,) * 3), LogNormal(mean=3, cv=0.5)),
    (
        LogNormalMixture(weights=(0.3, 0.7), means=(3, 4), cvs=(1, 2)),
        LogNormalMixture(weights=(0.7, 0.1, 0.2), means=(4, 3, 3), cvs=(2, 1, 1)),
    ),
]
OTHERS = [
    (2, 3),
    (2, "2"),
    (Gamma(mean=3, cv=1), LogNormal(mean=3, cv=1)),
    (Empirical(samples=(3, 4)), Empirical(samples=(3, 4, 4))),
    (Empirical(samples=(3, 4)), Uniform(low=3, high=4)),
    (
        LogNormalMixture(weights=(0.3, 0.7), means=(3, 4), cvs=(1, 2)),
        LogNormalMixture(weights=(0.7, 0.3), means=(3, 4), cvs=(1, 2)),
    ),
]

# Fingerprints of networks' defaults, when they had no synapse to name.
BEFORE_SYNAPSES = {
    "recurrent": "7a9e698c982bc44926dad98ef0334338ec9e434ab88367fe6877b064674e5b43",
    "resnet": "991bfd5b074b4703c81a0ddadd4a3292672a99d9e1bcc31146e519d4313809e2",
    "vgg": "ee5b92803072c2492586dcc0bac3d6903869d713598a32193a928bb917ae3002",
}


def marks(value):
    """Of a point, and of a network's configuration that has it, where it can."""
    job = kinds.read(TINY_HETEROGENEITY)
    found = [identity({"tau_excitatory": value, "cell": "lif"})]
    if not isinstance(value, int | float | str):
        point = {"tau_excitatory": value, "reach": 2, "cell": "lif"}
        found.append(fingerprint(job.candidate(point, "random", "").body))
    return found


@pytest.mark.parametrize(("one", "other"), SAME, ids=str)
def test_what_is_the_same_has_the_same(one, other):
    assert marks(one) == marks(other) and hash(marks(one)[0]) == hash(marks(other)[0])


@pytest.mark.parametrize(("one", "other"), OTHERS, ids=str)
def test_what_differs_does_not(one, other):
    assert not set(marks(one)) & set(marks(other))


@given(st.lists(st.floats(0.1, 9), min_size=1, max_size=6), st.integers(1, 3), st.randoms(use_true_random=False))
def test_samples_have_no_order_and_no_number(samples, often, random):
    shuffled = samples * often
    random.shuffle(shuffled)
    one, other = ({"tau": Empirical(samples=tuple(values))} for values in (samples, shuffled))
    assert identity(one) == identity(other)


def test_the_order_of_a_points_dimensions_means_nothing():
    assert identity({"a": 1, "b": 2}) == identity({"b": 2, "a": 1}) != identity({"a": 2, "b": 1})


def test_json_changes_no_fingerprint_and_every_field_counts():
    job = kinds.read(TINY_HETEROGENEITY)
    config = job.baselines()[0].body
    again = configuration.read(json.loads(config.model_dump_json()))
    assert fingerprint(again) == fingerprint(config)
    stored = config.model_dump(mode="json")
    stored["network"]["reach"] += 0.5
    assert fingerprint(configuration.read(stored)) != fingerprint(config)
    assert identity({"tau": read({"family": "dirac", "value": 2})}) == identity({"tau": Dirac(value=2.0)})


@pytest.mark.parametrize("name", BEFORE_SYNAPSES)
def test_a_field_that_a_later_release_added_changes_nothing_at_its_default(name: str) -> None:
    model: Any = catalog.networks.params(name)
    written = json.loads(model().model_dump_json())
    assert "synapse" not in written
    assert fingerprint(model()) == fingerprint(model(synapse=model().synapse.name)) == BEFORE_SYNAPSES[name]
    assert model.model_validate(written) == model()


def test_another_value_of_such_a_field_is_written_and_tells_configurations_apart() -> None:
    model: Any = catalog.networks.params("recurrent")
    filtered = model(synapse="filtered")
    assert fingerprint(filtered) != fingerprint(model())
    assert fingerprint(filtered) != fingerprint(model(synapse={"name": "filtered", "tau": 4}))
    assert model.model_validate_json(filtered.model_dump_json()) == filtered
