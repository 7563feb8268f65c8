"""A search over distributions through REST: what is stored, shown, exported, audited and warm-started from."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from scipy import stats
from sqlalchemy import select

from searchsvc.service.audit import audit
from searchsvc.store.check import check
from searchsvc.store.control import history, searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Candidate, Search, Trial
from spaces.distributions.nodes import SHARES
from spaces.networks import build
from tests.api import finished
from tests.api.finished import get
from tests.specs import TINY_HETEROGENEITY as TINY

FAMILIES = {"tau_excitatory": {"type": "distribution", "mean": [2, 20], "families": ["gamma", "dirac"]}}
OTHER = {"tau_excitatory": {"type": "distribution", "mean": [4, 40], "families": ["log_normal", "uniform"]}}


def submit(client: TestClient, **changes: Any) -> str:
    response = client.post("/v1/searches", json={**TINY, **changes})
    assert response.status_code == 201, response.text
    made: str = response.json()["id"]
    return made


@pytest.fixture
def run(client: TestClient, database: Database, tmp_path: Path) -> Any:
    def to_the_end(search: str, fail: tuple[int, ...] = ()) -> str:
        return finished.finish(client, database, tmp_path / "artifacts", search, fail)

    return to_the_end


def differences(database: Database, search: str) -> tuple[int, list[str]]:
    with database.read() as session:
        return audit(session, UUID(search))


def test_candidates_rank_by_memory_capacity_and_say_what_they_draw_from(
    client: TestClient, database: Database, database_url: str, run: Any
) -> None:
    search = run(submit(client))
    assert get(client, f"/v1/searches/{search}")["state"] == "succeeded"
    assert get(client, f"/v1/searches/{search}/trials")["trials"][0]["label"] == "as given"
    board = get(client, f"/v1/searches/{search}/leaderboard")
    means = [row["metrics"]["memory_capacity/validation"]["mean"] for row in board["rows"]]
    assert board["objective"] == "memory_capacity/validation"
    assert means == sorted(means, reverse=True) and len(means) == 5
    assert all(row["point"].keys() == TINY["space"].keys() and row["placement"] == [] for row in board["rows"])
    assert board["conclusion"]["winner"] == board["rows"][0]["label"]
    assert differences(database, search) == (10, [])
    assert check(database_url)[1] == []


def test_quantiles_are_stored_and_drawn(client: TestClient, database: Database, run: Any) -> None:
    search = run(submit(client, space=FAMILIES))
    with database.read() as session:
        stored = session.scalars(select(Candidate).order_by(Candidate.number)).all()
    drawn = {c.label: (c.configuration["network"]["tau_excitatory"], c.quantiles["tau_excitatory"]) for c in stored}
    gammas = [(d, q) for d, q in drawn.values() if d["family"] == "gamma"]
    assert gammas and len(gammas) < len(drawn)
    for d, quantiles in gammas:
        shape = d["cv"] ** -2
        assert quantiles[3:-3] == pytest.approx(stats.gamma(shape, scale=d["mean"] / shape).ppf(SHARES[3:-3]), rel=1e-6)
    figure = get(client, f"/v1/searches/{search}/figures/distributions?of=tau_excitatory")
    traces = {trace["name"].partition(":")[0]: trace for trace in figure["data"] if "name" in trace}
    assert traces.keys() == drawn.keys()
    for label, trace in traces.items():
        curve = dict(zip(trace["y"], trace["x"], strict=True))  # through the nodes, and without falling between them
        assert [curve[share] for share in SHARES[4:-4]] == drawn[label][1][4:-4]
        assert list(curve.values()) == sorted(curve.values()) and len(curve) > len(SHARES)
    response = client.get(f"/v1/searches/{search}/figures/distributions?of=reach")
    assert response.status_code == 404
    assert response.json()["detail"] == "of: got 'reach'; distributions of this search are tau_excitatory"


def test_the_best_is_a_network_that_draws_from_it(client: TestClient, run: Any) -> None:
    search = run(submit(client, space=FAMILIES))
    best = get(client, f"/v1/searches/{search}/best")
    assert best["manifest"]["point"] == {"tau_excitatory": best["network"]["tau_excitatory"]}
    assert build(best, seed=0).keep_N.shape == (20,)


def test_points_are_exported(client: TestClient, run: Any) -> None:
    search = run(submit(client))
    text = client.get(f"/v1/searches/{search}/leaderboard", params={"format": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    board = get(client, f"/v1/searches/{search}/leaderboard")["rows"]
    assert [json.loads(row["point"]) for row in rows] == [row["point"] for row in board]
    means = [row["metrics"]["memory_capacity/validation"]["mean"] for row in board]
    assert [float(row["memory_capacity/validation"]) for row in rows] == means


def test_another_search_over_other_families_is_known_from_the_start_even_when_it_is_deleted(
    client: TestClient, database: Database, run: Any
) -> None:
    first = run(submit(client, space=FAMILIES))
    given = {"point": {"tau_excitatory": {"family": "empirical", "samples": [3.0, 9.0]}}, "scores": [4.5]}
    second = submit(client, space=OTHER, warm_start=[first], observations=[given])
    board = get(client, f"/v1/searches/{first}/leaderboard")["rows"]
    assert client.delete(f"/v1/searches/{first}").status_code == 204
    with database.read() as session:
        known = session.get_one(Search, UUID(second)).observations
    assert known[0] == given
    found = {json.dumps(o["point"], sort_keys=True): o["scores"] for o in known[1:]}
    assert {json.dumps(row["point"], sort_keys=True) for row in board if row["origin"] != "baseline"} == found.keys()
    for row in board:
        if row["origin"] == "baseline":
            continue  # which the second search runs itself
        scores = found[json.dumps(row["point"], sort_keys=True)]
        assert sum(scores) / 2 == pytest.approx(row["metrics"]["memory_capacity/validation"]["mean"])
    assert "observations" not in get(client, f"/v1/searches/{second}")["spec"]
    run(second)
    assert differences(database, second) == (10, [])


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"space": OTHER, "seeds": 1}, 201, ""),
        ({"objective": {"metric": "parameters"}}, 409, "has objective memory_capacity/validation, this one parameters"),
        ({"task": {"name": "memory_capacity", "split_seed": 1}}, 409, "has task {'name': 'memory_capacity', "),
        ({"space": {"reach": TINY["space"]["reach"]}}, 409, "has space {'tau_excitatory'}, this one {'reach'}"),
    ],
)
def test_only_results_that_compare_are_a_start(
    client: TestClient, changes: dict[str, Any], status: int, said: str
) -> None:
    first = submit(client, space=FAMILIES)
    response = client.post("/v1/searches", json={**TINY, "space": FAMILIES, **changes, "warm_start": [first]})
    assert response.status_code == status
    assert said in response.text


def test_a_start_that_is_not_there_is_refused(client: TestClient) -> None:
    nobody = "01a1fc07-7808-75c4-8176-8dd5c21b8c94"
    response = client.post("/v1/searches", json={**TINY, "warm_start": [nobody]})
    assert response.status_code == 404
    assert response.json()["detail"] == f"warm_start: got {nobody}, which does not exist; give ids of searches"


def test_what_may_not_hold_of_a_start_is_said_in_the_answer_and_on_the_page(client: TestClient, run: Any) -> None:
    cells = {"cell": {"type": "categorical", "choices": ["rate", "lif"]}, "reach": {"type": "int", "low": 1, "high": 9}}
    network = {"name": "reservoir", "units": 30, "reach": 2}
    first = run(submit(client, space=cells, strategy="sweep", network=network, training={"regularisation": 1e-4}))
    fewer = {**cells, "reach": {"type": "int", "low": 1, "high": 2}}
    made = client.post("/v1/searches", json={**TINY, "space": fewer, "warm_start": [first]}).json()
    left, differs = made["warnings"]
    points = [row["point"]["reach"] for row in get(client, f"/v1/searches/{first}/leaderboard")["rows"]]
    assert left == (
        f"warm_start: search {first} has {sum(reach > 2 for reach in points)} of {len(points)} points that this space "
        "has no place for; they are left out"
    )
    assert differs == (
        f"warm_start: search {first} differs in network.units (30, here 20), training.regularisation (0.0001, here "
        "1e-06); what it has found may not hold here"
    )
    assert get(client, f"/v1/searches/{made['id']}")["warnings"] == [left, differs]
    page = client.get(f"/searches/{made['id']}").text
    assert page.count('class="note warning"') == 2 and differs in page
    same = submit(client, space=cells, strategy="sobol", network=network, training={"regularisation": 1e-4})
    alike = {**TINY, "space": fewer, "network": network, "training": {"regularisation": 1e-4}, "warm_start": [same]}
    (empty,) = client.post("/v1/searches", json=alike).json()["warnings"]
    assert empty == f"warm_start: search {same} has no finished trial that is not known anyway, so it adds nothing"


def test_of_what_an_earlier_release_stored_only_what_the_space_has_is_known(
    client: TestClient, database: Database, run: Any
) -> None:
    search = submit(client)
    here = {"tau_excitatory": {"family": "dirac", "value": 3.0}, "reach": 2.0, "cell": "rate"}
    with database.write() as session:
        stored = session.get_one(Search, UUID(search))
        stored.observations = [
            {"point": {**here, "hub": [1]}, "scores": [1.0]},
            {"point": {**here, "cell": "izhi"}, "scores": [2.0]},
        ]
    with database.read() as session:
        known = searches.specification(session.get_one(Search, UUID(search)))["observations"]
    assert known == [{"point": here, "scores": [1.0]}]
    run(search)
    assert differences(database, search) == (10, [])


def test_what_the_surrogate_expected_and_how_it_is_are_stored(client: TestClient, database: Database, run: Any) -> None:
    first = run(submit(client, space=FAMILIES))
    strategy = {"name": "wasserstein_bo", "initial": 2}
    search = submit(client, space=OTHER, strategy=strategy, warm_start=[first], budget={"trials": 12})
    assert get(client, f"/v1/searches/{search}")["health"] is None
    run(search, fail=())
    assert get(client, f"/v1/searches/{search}")["health"] == "good"
    rows = {row["label"]: row for row in get(client, f"/v1/searches/{search}/leaderboard")["rows"]}
    origins = {label: row["origin"] for label, row in rows.items()}
    points = [f"point {i}" for i in range(1, 6)]  # none to begin evenly with: more is known than `initial`
    assert origins == {"as given": "baseline", **dict.fromkeys(points, "model")}
    for row in rows.values():
        expected = row["prediction"]
        assert (expected is not None) == (row["origin"] == "model")
        assert expected is None or (expected["sd"] > 0 and 0 < expected["mean"] < 20)  # as many as units
    assert differences(database, search) == (12, [])


def test_a_tradeoff_is_a_second_objective_and_its_suggestions_can_be_made_again(
    client: TestClient, database: Database, run: Any
) -> None:
    space = {"units": {"type": "int", "low": 20, "high": 60}, **FAMILIES}
    strategy = {"name": "wasserstein_bo", "initial": 2}
    search = run(submit(client, space=space, strategy=strategy, tradeoffs=["parameters"], budget={"trials": 8}))
    assert get(client, f"/v1/searches/{search}")["health"] == "good"
    with database.read() as session:
        outcomes = history.outcomes(session, UUID(search))
        parameters = {
            number: metrics["parameters"] for number, metrics in session.execute(select(Trial.number, Trial.metrics))
        }
    assert {o.number: o.tradeoffs for o in outcomes} == {number: (count,) for number, count in parameters.items()}
    assert len(set(parameters.values())) > 2
    assert differences(database, search) == (8, [])
    verdict = get(client, f"/v1/searches/{search}")["conclusion"]
    assert f"(the Pareto front): {verdict['front'][0]['label']} (" in verdict["sentence"]


def test_a_failed_trial_is_seen_by_what_is_asked_after_the_next_result(
    client: TestClient, database: Database, run: Any
) -> None:
    search = run(submit(client, max_failed_trials=1), fail=(3,))
    with database.read() as session:
        outcomes = history.outcomes(session, UUID(search))
        place = [outcome.number for outcome in outcomes].index(3)
        assert outcomes[place].score is None and 0 < place < len(outcomes) - 1
        assert set(outcomes[place].point) == set(TINY["space"])
        later = history.outcomes(session, UUID(search), after=place)  # told before it: `place` others
        assert later == outcomes[place:]
        assert history.seen(outcomes, place) == outcomes[:place]
        assert history.seen(outcomes, place + 1) == outcomes[: place + 2]
    assert differences(database, search)[1] == []


def test_where_scores_do_not_vary_everything_says_that_no_test_can_be_made(client: TestClient, run: Any) -> None:
    """The number of parameters is the same for every seed."""
    space = {"units": {"type": "int", "low": 20, "high": 60}}
    search = run(submit(client, space=space, objective={"metric": "parameters"}, network="reservoir"))
    status, board = (get(client, f"/v1/searches/{search}{path}") for path in ("", "/leaderboard"))
    assert {c["p_adjusted"] for c in status["conclusion"]["comparisons"]} == {None}
    assert "Which of the leaders is best cannot be tested with these seeds." in status["conclusion"]["sentence"]
    leaders = board["rows"][1:3]
    assert [(row["p_first"], row["is_similar"]) for row in leaders] == [(None, None)] * 2
    assert all(row["difference_first"] > 0 for row in leaders)
    page = client.get(f"/searches/{search}").text
    assert page.count("(cannot be tested with these seeds)") == 2 + (
        status["conclusion"]["sentence"].count("(cannot be tested with these seeds)")
    )
    chosen = [f"{search}:{row['candidate']}" for row in board["rows"][:2]]
    compared = get(client, f"/v1/compare?candidate={chosen[0]}&candidate={chosen[1]}")
    ((_, difference),) = [m["differences"] for m in compared["metrics"] if m["name"] == "parameters"]
    assert difference["value"] > 0 and difference["ci95"] is None
