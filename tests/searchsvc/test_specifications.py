"""Specifications as typed models say what mappings and files say."""

from pathlib import Path

import pytest

from searchsvc import files, kinds, specifications
from searchsvc.strategies import catalog as strategies
from searchsvc.written import fields
from spaces import catalog
from spaces.errors import UserError
from spaces.params import Params
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_HYPERPARAMETERS, TINY_SWEEP

ROOT = Path(__file__).parents[2]
SPECS = {spec["kind"]: spec for spec in (TINY, TINY_SWEEP, TINY_HETEROGENEITY, TINY_HYPERPARAMETERS)}
MODELS = {name: getattr(specifications, name) for name in specifications.__all__}


def title(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


@pytest.mark.parametrize("kind", kinds.kinds())
def test_a_model_is_the_mapping_that_it_was_made_from(kind: str) -> None:
    model = MODELS[title(kind)](**{name: value for name, value in SPECS[kind].items() if name != "kind"})
    read = kinds.read(SPECS[kind])
    assert model.to_json() == read.to_json() and kinds.read(fields(model)) == read
    assert read.to_json() == kinds.read(read.to_json()).to_json()


def test_a_path_is_the_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(files.to_yaml(TINY))
    assert fields(tmp_path / "one.yaml") == fields(str(tmp_path / "one.yaml")) == TINY


def test_every_member_of_every_catalog_is_there() -> None:
    catalogs = catalog.neurons, catalog.synapses, catalog.networks, catalog.tasks, catalog.fittings, strategies
    members = {title(name): each.params(name) for each in catalogs for name in each.names()}
    members |= {title(name): MODELS.get(title(name)) for name in kinds.kinds()}
    missing = sorted(name for name, model in members.items() if not model or MODELS.get(name) is not model)
    assert not missing, f"searchsvc/specifications.py: lacks {', '.join(missing)}; import each and name it in __all__"
    assert all(issubclass(model, Params) for model in MODELS.values())


@pytest.mark.parametrize("kind", kinds.kinds())
def test_what_is_wrong_is_a_sentence(kind: str) -> None:
    given = {**SPECS[kind], "seeds": "many", "colour": "red"}
    with pytest.raises(UserError, match=r"seeds: got 'many'") as caught:
        MODELS[title(kind)](**given)
    with pytest.raises(UserError) as same:
        kinds.read(given)
    assert str(caught.value) == str(same.value) and "\n" not in str(caught.value)
