"""Routes on both databases; rows come from a real search."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from fastapi.testclient import TestClient

from searchsvc.store.control import leases, runs
from searchsvc.store.db import Database
from spaces import networks
from tests.api import finished
from tests.api.finished import get
from tests.e2e.service import free_port
from tests.specs import TINY


@pytest.fixture
def search(client: TestClient, database: Database, tmp_path: Path) -> str:
    """A finished search, submitted over HTTP."""
    return finished.run(client, database, tmp_path / "artifacts", TINY)


def test_a_finished_search_over_every_route(client: TestClient, search: str) -> None:
    shown = get(client, f"/v1/searches/{search}")
    assert shown["progress"] == {
        "total": 9,
        "done": 9,
        "failed": 0,
        "pruned": 0,
        "running": 0,
        "fraction": 1.0,
        "seconds_left": None,
    }
    board = get(client, f"/v1/searches/{search}/leaderboard")
    assert [row["rank"] for row in board["rows"]] == [1, 2, 3, 4]
    means = [row["metrics"]["accuracy/validation"]["mean"] for row in board["rows"]]
    assert means == sorted(means, reverse=True)
    assert board["search_seconds"] > 0 and board["conclusion"]["comparisons"]
    trials = get(client, f"/v1/searches/{search}/trials")["trials"]
    by_label: dict[str, list[float]] = {}
    for trial in trials:
        by_label.setdefault(trial["label"], []).append(trial["validation_accuracy"])
    for row in board["rows"]:
        values = by_label[row["label"]]
        assert row["metrics"]["accuracy/validation"]["mean"] == pytest.approx(sum(values) / len(values))
    assert "super network" not in {row["label"] for row in board["rows"]}
    super_network = trials[0]
    architecture = get(client, f"/v1/trials/{super_network['id']}/architecture")
    assert architecture["candidates"] == ["lif", "slif"]
    assert {step: len(alpha) for step, alpha in architecture["steps"].items()} == {"1": 2, "2": 2}
    reports = get(client, f"/v1/trials/{super_network['id']}/reports")["reports"]
    assert [r["step"] for r in reports] == [1, 2]
    assert reports[-1]["metrics"]["validation_accuracy"] == super_network["validation_accuracy"]
    costs = get(client, f"/v1/trials/{super_network['id']}")["costs"]
    assert min(costs[name] for name in ("energy", "updates", "latency", "seconds")) > 0


def test_best_is_self_contained(client: TestClient, search: str) -> None:
    best = get(client, f"/v1/searches/{search}/best")
    network = networks.build(json.loads(json.dumps(best)))
    assert sum(p.numel() for p in network.parameters()) > 0
    manifest = best["manifest"]
    assert manifest["search"] == search and manifest["rank"] == 1
    assert get(client, f"/v1/searches/{search}/best?rank=2")["manifest"]["rank"] == 2


def test_weights_are_the_stored_file_whole_or_in_parts(client: TestClient, search: str, tmp_path: Path) -> None:
    best = get(client, f"/v1/searches/{search}/best")["manifest"]["trial"]
    trial, path = get(client, f"/v1/trials/{best}"), f"/v1/trials/{best}/weights"
    (stored,) = tmp_path.rglob(f"{best}/*/weights*")
    whole = client.get(path)
    assert whole.content == stored.read_bytes() and whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-disposition"] == f'attachment; filename="trial-{trial["number"]}.safetensors"'
    etag, size = whole.headers["etag"], len(whole.content)
    assert etag == f'"{sha256(whole.content).hexdigest()}"'
    parts = {
        "bytes=0-9": (0, 10),
        "bytes=5-": (5, size),
        "bytes=-3": (size - 3, size),
        f"bytes=1-{size * 9}": (1, size),
    }
    for asked, (start, end) in parts.items():
        part = client.get(path, headers={"Range": asked, "If-Range": etag})
        assert part.status_code == 206 and part.content == whole.content[start:end]
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for asked in ("bytes=4-1", "lines=1-2", "bytes=0-1,3-4", "bytes=-", "bytes=x-y", f"bytes=0-{'9' * 5000}"):
        assert client.get(path, headers={"Range": asked}).content == whole.content
    assert client.get(path, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200
    for asked in (f"bytes={size}-", "bytes=-0"):
        beyond = client.get(path, headers={"Range": asked})
        assert beyond.status_code == 416 and beyond.headers["content-range"] == f"bytes */{size}"
    assert client.get(path, headers={"If-None-Match": f'"a", W/{etag}'}).status_code == 304


def test_events_come_once_each_in_order_and_resume_after_the_last_seen(client: TestClient, search: str) -> None:
    def events(**headers: str) -> list[dict[str, Any]]:
        text = client.get(f"/v1/searches/{search}/events", headers=headers).text
        blocks = [dict(line.split(": ", 1) for line in b.splitlines()) for b in text.split("\n\n") if b.strip()]
        return [{"id": int(b["id"]), "event": b["event"], "data": json.loads(b["data"])} for b in blocks]

    everything = events()
    assert [e["id"] for e in everything] == list(range(1, len(everything) + 1))
    assert everything[0]["event"] == "submitted" and everything[-1]["event"] == "succeeded"
    assert events(**{"Last-Event-ID": "10"}) == everything[10:]


def test_figures_are_plotly_json(client: TestClient, search: str) -> None:
    alpha = get(client, f"/v1/searches/{search}/figures/alpha")
    assert alpha["data"][0]["type"] == "heatmap" and alpha["data"][0]["y"] == ["LIF", "SLIF"]
    best = get(client, f"/v1/searches/{search}/figures/best-so-far")
    line = best["data"][1]["y"]
    means = [
        row["metrics"]["accuracy/validation"]["mean"]
        for row in get(client, f"/v1/searches/{search}/leaderboard")["rows"]
    ]
    assert line == sorted(line) and line[-1] == pytest.approx(max(means))
    assert len(best["data"][0]["y"]) == 8


def test_figures_of_a_search_that_has_not_begun_are_empty(client: TestClient) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]
    assert get(client, f"/v1/searches/{made}/figures/alpha")["data"] == []


def test_submit_answers_with_its_location_after_commit(client: TestClient) -> None:
    response = client.post("/v1/searches", json=TINY)
    assert response.status_code == 201
    assert get(client, response.headers["location"])["state"] == "queued"


def test_numbers_and_words_out_of_range_are_refused(client: TestClient) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]
    for path in ("trials?cursor=9223372036854775808", f"leaderboard?cursor=1:0.5:{10**30}", "best?rank=99999999999"):
        assert client.get(f"/v1/searches/{made}/{path}").status_code == 422
    huge = {"Last-Event-ID": str(2**63)}
    assert client.get(f"/v1/searches/{made}/events", headers=huge).status_code == 422
    assert client.get("/v1/searches?state=bogus").status_code == 422
    assert client.put("/v1/searches").headers["allow"]


def test_the_documentation_needs_no_other_host(client: TestClient) -> None:
    assert "https://" not in client.get("/docs").text


def test_an_event_stream_is_what_its_schema_says(client: TestClient, search: str) -> None:
    described = get(client, "/openapi.json")["paths"]["/v1/searches/{search_id}/events"]["get"]["responses"]["200"]
    (media_type, content), *others = described["content"].items()
    assert not others
    schema = content["itemSchema"]
    data = schema["properties"]["data"]
    with client.stream("GET", f"/v1/searches/{search}/events") as answer:
        assert answer.headers["content-type"].partition(";")[0] == media_type
        parts = "".join(answer.iter_text()).strip().split("\n\n")
    items = [dict(line.split(": ", 1) for line in part.splitlines()) for part in parts]
    assert len(items) > 9 and any("trial" in json.loads(item["data"]) for item in items)
    for item in items:
        jsonschema.validate(item, {**schema, "additionalProperties": False})
        jsonschema.validate(json.loads(item["data"]), data["contentSchema"])


def test_pause_and_resume_over_http(client: TestClient) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]
    assert client.post(f"/v1/searches/{made}/pause").json()["state"] == "paused"
    assert client.post(f"/v1/searches/{made}/resume").json()["state"] == "queued"
    assert client.post(f"/v1/searches/{made}/resume").status_code == 409


def test_searches_page_newest_first_and_filter_by_state(client: TestClient) -> None:
    made = [client.post("/v1/searches", json=TINY).json()["id"] for _ in range(3)]
    client.post(f"/v1/searches/{made[1]}/cancel")
    first = get(client, "/v1/searches?limit=2")
    second = get(client, f"/v1/searches?limit=2&cursor={first['next_cursor']}")
    assert [s["id"] for s in first["searches"] + second["searches"]] == made[::-1]
    assert [s["id"] for s in get(client, "/v1/searches?state=cancelled")["searches"]] == [made[1]]


def test_the_catalog_names_everything_with_its_parameters(client: TestClient) -> None:
    found = get(client, "/v1/catalog")
    assert {"lif", "slif", "super_neuron"} <= set(found["neurons"])
    assert {"heterogeneity", "neuron_placement", "polynomial_degree"} <= set(found["kinds"])
    assert {"darts", "random", "sobol", "sweep"} <= set(found["strategies"])
    assert found["neurons"]["llif"]["properties"]["gamma"]["default"] == 0.1


def test_health_and_readiness(client: TestClient, database_url: str) -> None:
    from searchsvc.store import migrate

    assert get(client, "/healthz") == {"status": "ok"}
    assert get(client, "/readyz")["status"] == "ready"
    migrate.downgrade(database_url, "base")
    response = client.get("/readyz")
    assert response.status_code == 503 and "searchsvc db upgrade" in response.json()["detail"]


def test_not_ready_while_the_database_cannot_be_read(client: TestClient, tmp_path: Path) -> None:
    garbage = tmp_path / "searchsvc.db"
    garbage.write_bytes(b"not a database" * 100)
    for url in (f"sqlite:///{garbage}", f"postgresql://nobody@127.0.0.1:{free_port()}/none"):
        client.app.state.database = Database(url)
        response = client.get("/readyz")
        assert response.status_code == 503 and "cannot be used now" in response.json()["detail"]


def test_the_page_and_its_scripts_come_from_here(client: TestClient) -> None:
    page = client.get("/").text
    assert "https://" not in page and "http://" not in page
    for path in ("/static/live.js", "/static/style.css", "/static/plotly.min.js"):
        assert client.get(path).status_code == 200


def test_openapi_names_every_field_of_a_specification(client: TestClient) -> None:
    schema = get(client, "/openapi.json")
    body = schema["paths"]["/v1/searches"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    kinds = body["discriminator"]["mapping"]
    shared = {"kind", "task", "network", "budget", "resources", "seeds", "objective", "constraints"}
    for kind, fields in (
        ("neuron_placement", {"neurons"}),
        ("polynomial_degree", {"degrees", "boundings"}),
        ("heterogeneity", {"space", "warm_start", "observations"}),
    ):
        job = schema["components"]["schemas"][kinds[kind].rpartition("/")[2]]
        assert shared | fields <= set(job["properties"]) and job["additionalProperties"] is False


def test_deleting_what_has_ended_is_done_at_once(client: TestClient, search: str) -> None:
    trial = get(client, f"/v1/searches/{search}/trials")["trials"][0]["id"]
    for _ in range(2):  # sent again, as after a lost answer
        answer = client.delete(f"/v1/searches/{search}", headers={"Idempotency-Key": "k"})
        assert answer.status_code == 204 and answer.content == b""
    assert client.get(f"/v1/searches/{search}").status_code == 404
    assert client.get(f"/v1/trials/{trial}").status_code == 404
    assert client.delete(f"/v1/searches/{search}").status_code == 404


def test_what_waits_says_which_place_in_the_queue_it_has(client: TestClient, database: Database) -> None:
    made = sorted(client.post("/v1/searches", json=TINY).json()["id"] for _ in range(4))
    with database.write() as session:
        leases.claim(session, uuid4(), 30.0, 1)
    listed = {found["id"]: found["queue_place"] for found in client.get("/v1/searches").json()["searches"]}
    assert listed == {made[0]: None, made[1]: 1, made[2]: 2, made[3]: 3}
    assert get(client, f"/v1/searches/{made[3]}")["queue_place"] == 3
    assert "next in the queue" in client.get(f"/searches/{made[1]}").text
    assert all(words in client.get("/").text for words in ("next in the queue", "2. in the queue", "3. in the queue"))
    assert "queue-place" not in client.get(f"/searches/{made[0]}").text
    assert client.post(f"/v1/searches/{made[1]}/pause").json()["queue_place"] is None
    assert client.post(f"/v1/searches/{made[1]}/resume").json()["queue_place"] == 1


def test_deleting_what_runs_cancels_it_first(client: TestClient, database: Database) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]
    with database.write() as session:
        ((lease, _),) = leases.claim(session, uuid4(), 30.0, 1)
    for _ in range(2):
        answer = client.delete(f"/v1/searches/{made}")
        assert answer.status_code == 202 and answer.json()["state"] == "cancelling"
    with database.write() as session:
        runs.end(session, lease, "cancelled")
    assert client.get(f"/v1/searches/{made}").status_code == 404
