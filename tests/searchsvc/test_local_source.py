"""One picture draws both: a search of this process is seen as the service sees the same one that it has carried out."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from searchsvc import local
from searchsvc.service.settings import Settings
from searchsvc.store.db import Database
from spaces.errors import NotFoundError
from tests.api import finished
from tests.api.conftest import light
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP

__all__ = ["light"]

SPECS = {spec["kind"]: spec for spec in (TINY, TINY_SWEEP, {**TINY_HETEROGENEITY, "confirm": 1})}
MEASURED = ("latency", "seconds")  # otherwise each time
TIMED = {"best-so-far", "hypervolume", "timeline"}


@pytest.mark.parametrize("kind", SPECS)
def test_both_draw_the_same(light: TestClient, tmp_path: Path, kind: str) -> None:
    spec = {**SPECS[kind], "max_concurrent": 1}
    found = local.run(spec)
    with_service = finished.run(light, Database(Settings(data=tmp_path).database), tmp_path, spec)
    path = f"/v1/searches/{with_service}/figures"
    offered = {offer["kind"]: offer for offer in finished.get(light, path)["figures"]}
    assert {offer["kind"]: offer for offer in found.figures()} == offered
    for picture in offered.keys() - TIMED:
        for of in [of for of in offered[picture]["of"] or [""] if of not in MEASURED]:
            theirs = finished.get(light, f"{path}/{picture}?of={of}")
            assert rounded(json.loads(found.plot(picture, of).to_json())) == rounded(theirs), (picture, of)


def rounded(value: Any) -> Any:
    """The last digits of a deviation depend on the order of its sum."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def test_times_are_those_of_its_trials() -> None:
    found = local.run({**TINY_SWEEP, "seeds": 1, "confirm": 1, "training": {"epochs": 1, "batch_size": 256}})
    points, best, _, _, fresh = found.plot("best-so-far").data
    ended = [(trial.finished - found.trials[0].started) / 60 for trial in found.trials]
    own = len(points.x)
    assert list(points.x) == ended[:own] and list(fresh.x) == ended[own:] and list(best.x)[-1] == ended[own - 1]
    assert {bars.name for bars in found.plot("timeline").data} == {"retrain", "confirm"}
    with pytest.raises(NotFoundError, match="figure: got 'alpha', which this search does not have; it has best-so-far"):
        found.plot("alpha")
