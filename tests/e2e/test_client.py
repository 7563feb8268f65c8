"""Everything that a client can ask of a service, by the one that waits and by the one that is awaited."""

import inspect
from pathlib import Path
from typing import Any

import pytest

from searchsvc.client import AsyncClient, AsyncSearch, Client, Search
from searchsvc.client.search import Verbs
from searchsvc.client.service import Service as Asked
from searchsvc.client.verbs import verb
from spaces.errors import ConflictError, NotFoundError
from spaces.networks import build, load_weights
from tests.e2e.service import Service
from tests.searchsvc.client.alike import Alike, Connect, connect
from tests.specs import TINY

__all__ = ["connect"]

SEARCH = {name for name, found in vars(Verbs).items() if isinstance(found, verb)} | {"wait", "events"}
CLIENT = {name for name, found in vars(Asked).items() if isinstance(found, verb)} | {"submit", "search", "close"}


def test_each_verb(service: Service, connect: Connect, tmp_path: Path) -> None:
    client = connect(service.url)
    assert client.estimate(TINY)["trials"] == 9
    search = client.submit(TINY)
    with pytest.raises(
        TimeoutError, match=f"^search {search.id} after 0 s: (waiting|running).* it goes on, wait again$"
    ):
        search.wait(timeout=0)
    search.pause()
    search.resume()
    assert search.wait().id == search.id and search.status()["state"] == "succeeded"
    assert [event.number for event in search.events()][:2] == [1, 2]

    board, best, trials = search.leaderboard(), search.best(), search.trials()
    assert [row.rank for row in board.rows] == [1, 2, 3, 4] and board.rows[0].label == best["manifest"]["label"]
    assert search.leaderboard(sort="-accuracy/validation").rows[0].label == board.rows[-1].label
    assert search.leaderboard_csv().count("\n") == 5
    assert len(trials) == 9 and len(trials.to_pandas()) == 9
    load_weights(build(best), search.weights(tmp_path / "best.safetensors"))
    assert search.export(str(tmp_path / "trials.csv")).read_text().count("\n") == 10
    assert {offer["kind"] for offer in search.figures()} >= {"pareto"}
    assert search.plot("pareto").data
    check_reports(search)

    assert search.id in [found["id"] for found in client.searches()]
    assert "digits" in client.catalog()["tasks"] and "digits" in [task["name"] for task in client.tasks()]
    assert client.task("digits")["rows"]
    both = [f"{search.id}:{row.candidate}" for row in board.rows[:2]]
    assert [one["label"] for one in client.compare(both)["candidates"]] == [row.label for row in board.rows[:2]]
    for refused in (search.cancel, search.retry):
        with pytest.raises(ConflictError):
            refused()
    assert search.delete() is True
    with pytest.raises(NotFoundError):
        client.search(search.id).status()
    if isinstance(search, Alike):
        client.close()
        assert search.called == SEARCH and client.called == CLIENT


def check_reports(search: Any) -> None:
    """Curves over seeds, as the trials have them."""
    reports = search.reports()
    assert {(each["trial"], each["step"]) for each in reports} == {(n, step) for n in range(9) for step in (1, 2)}
    frame = reports.to_pandas()
    curves = frame[frame.phase == "retrain"].pivot_table(index="step", columns="label", values="accuracy/validation")
    final = {row.label: row.metrics["accuracy/validation"]["mean"] for row in search.leaderboard().rows}
    assert curves.loc[2].to_dict() == pytest.approx(final)


def test_both_clients_have_the_same_verbs() -> None:
    for one, other in ((Client, AsyncClient), (Search, AsyncSearch)):
        names = {name for name in dir(one) if not name.startswith("_")} - {"state", "name"}  # properties, which ask
        assert names - {"http"} == {name for name in dir(other) if not name.startswith("_")} - {"http"}
        for name in names:
            ours, theirs = getattr(one, name), getattr(other, name)
            if callable(ours):
                assert inspect.signature(ours).parameters.keys() == inspect.signature(theirs).parameters.keys()


def test_a_client_is_closed_with_its_block(service: Service) -> None:
    with Client(service.url) as client:
        client.searches()
    assert client.http.is_closed
