"""What `searchsvc up` prints and hands to its children; `tests/e2e/test_startup.py` starts it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.client.connection import connect
from searchsvc.service import supervise
from searchsvc.service.settings import Settings
from searchsvc.service.up import up
from searchsvc.store import migrate
from searchsvc.store.db import Database
from spaces.errors import UserError
from tests.workers.runner.test_presence import gone
from workers.runner.presence import Presence


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_the_address_of_an_ipv6_host_is_one_that_is_served_and_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str
) -> None:
    for variable in ("SEARCHSVC_PORT", "SEARCHSVC_DATA"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(supervise, "free_port", lambda host, port: 4321 if (host, port) == ("::1", 0) else None)
    monkeypatch.setattr(supervise, "supervise", lambda missing, came_up, say: came_up())
    said: list[str] = []
    chosen = Settings(data=tmp_path, host=host, port=0)
    up(chosen, said.append)
    assert said[-1] == "searchsvc on http://[::1]:4321/ (Ctrl-C ends it)"
    assert said[-2] == "commands and clients find it by: export SEARCHSVC_URL=http://[::1]:4321"
    assert os.environ["SEARCHSVC_PORT"] == "4321" and os.environ["SEARCHSVC_DATA"] == str(tmp_path)
    address = said[-1].split()[2]
    http, _ = connect(httpx.Client, address.rstrip("/"), 1.0)
    assert (http.base_url.host, http.base_url.port) == ("::1", 4321)
    with TestClient(create_app(chosen), base_url=address) as client:
        assert client.get("/healthz").is_success


def test_it_says_where_its_data_are_whether_they_are_new_and_who_else_has_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("SEARCHSVC_PORT", "SEARCHSVC_DATA"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(supervise, "free_port", lambda host, port: port)
    monkeypatch.setattr(supervise, "supervise", lambda missing, came_up, say: came_up())
    chosen, said = Settings(data=tmp_path), []
    new = f"made a new, empty database: sqlite:///{tmp_path}/searchsvc.db"
    usual = [f"data in {tmp_path}", "searchsvc on http://127.0.0.1:8000/ (Ctrl-C ends it)"]
    up(chosen, said.append)
    assert said == [new, *usual]
    other = Presence(Database(chosen.database))
    other.begin()
    other.ready()
    said.clear()
    up(chosen, said.append)
    shared = f"another service has the same data (process {other.pid} on {other.host}): they share their searches"
    assert said == [usual[0], shared, usual[1]]
    other.end()
    killed = Presence(other.database)
    killed.pid = gone()
    killed.begin()
    killed.ready()
    said.clear()
    up(chosen, said.append)
    assert said == usual  # a killed one's row is there for a while
    other.database.close()


def test_it_says_what_is_not_installed_before_it_starts_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"this needs ray, .* pip install 'searchsvc\[server\]'"):
        up(Settings(data=tmp_path), print)
    assert list(tmp_path.iterdir()) == []


def test_it_waits_until_the_api_listens_and_the_runner_of_its_process_is_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found: list[str | None] = []
    chosen = Settings(data=tmp_path)
    migrate.upgrade(chosen.database)
    earlier = Presence(Database(chosen.database))  # of a process of the same number
    earlier.begin()
    earlier.ready()
    earlier.database.close()

    def watch(missing: Callable[[str, int], str | None], came_up: object, say: object) -> None:
        found.append(missing("api", 0))
        presence = Presence(database := missing.args[0])  # type: ignore[attr-defined]
        pid = presence.pid
        found.append(missing("workers", pid))
        presence.begin()
        found.append(missing("workers", pid))
        presence.lose("no room")
        found.append(missing("workers", pid))
        presence.ready()
        found.extend([missing("workers", pid), missing("workers", gone())])
        monkeypatch.setattr(supervise, "listens", lambda host, port: (host, port) == ("127.0.0.1", 4321))
        found.append(missing("api", 0))
        database.close()

    for variable in ("SEARCHSVC_PORT", "SEARCHSVC_DATA"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(supervise, "free_port", lambda host, port: 4321)
    monkeypatch.setattr(supervise, "listens", lambda host, port: False)
    monkeypatch.setattr(supervise, "supervise", watch)
    up(chosen, lambda line: None)
    assert found == [
        "nothing listens on 127.0.0.1:4321",
        "it has not said anything yet",
        "it is starting",
        "no room",
        None,
        "it has not said anything yet",
        None,
    ]
