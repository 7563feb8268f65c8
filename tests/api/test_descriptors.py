"""Connections are bounded, and slow requests end, so that the API never runs out of descriptors."""

import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from api import connections
from api.__main__ import Server
from api.app import create_app
from searchsvc.service import descriptors
from searchsvc.service.settings import Settings
from searchsvc.store import migrate
from tests.e2e.service import free_port

MOST = 8
HALVES = {
    "no byte": b"",
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: x",
    "half a body": b"POST /v1/searches HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{",
    "half of a body that nobody reads": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
}


@pytest.fixture
def server(tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.5)
    chosen = Settings(database_url=f"sqlite:///{migrated_file}", data=tmp_path)
    made = Server(create_app(chosen), "127.0.0.1", free_port(), MOST)
    thread = threading.Thread(target=made.run)
    thread.start()
    until(lambda: made.started)
    yield made
    made.should_exit = True
    thread.join()


def until(holds: Callable[[], object], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def connected(server: Server, sent: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", server.config.port), 30)
    made.sendall(sent)
    return made


def answer(connection: socket.socket) -> bytes:
    """All that comes, to the connection's end."""
    found = b""
    with suppress(ConnectionResetError):
        while more := connection.recv(65536):
            found += more
    return found


def healthy(connection: socket.socket) -> bool:
    """Whether what comes is the answer of /healthz, in however many parts."""
    found = b""
    while b"}" not in found and (more := connection.recv(65536)):
        found += more
    return b"200 OK" in found


def test_more_connections_than_there_may_be_are_refused_and_the_others_served(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 60.0)
    with ExitStack() as stack:
        held = [stack.enter_context(connected(server)) for _ in range(MOST)]
        until(lambda: len(server.server_state.connections) == MOST)
        refused = httpx.get(f"http://127.0.0.1:{server.config.port}/healthz", trust_env=False)
        assert refused.status_code == 503 and refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["detail"].startswith(f"got more than {MOST} connections at once")
        held[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert healthy(held[0])
        held[1].close()
        until(lambda: len(server.server_state.connections) < MOST)
        assert httpx.get(f"http://127.0.0.1:{server.config.port}/healthz", trust_env=False).is_success


@pytest.mark.parametrize("half", HALVES)
def test_a_request_that_does_not_arrive_ends(server: Server, half: str) -> None:
    with connected(server, HALVES[half]) as connection:
        said = answer(connection)
    if half in ("half a head", "half a body"):
        assert said.startswith(b"HTTP/1.1 408 ") and b"got no whole request within 0.5 s" in said
    else:
        assert b"408" not in said
    until(lambda: not server.server_state.connections)


def test_so_does_one_that_arrives_drop_by_drop(server: Server) -> None:
    with connected(server, HALVES["half a head"]) as connection, suppress(BrokenPipeError, ConnectionResetError):
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.02)
        pytest.fail("it was kept")
    until(lambda: not server.server_state.connections)


def test_time_runs_only_while_a_request_is_on_its_way(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 60.0)
    whole = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    def runs() -> bool:
        return [made._late is not None for made in list(server.server_state.connections)] == [True]  # type: ignore[union-attr]

    with connected(server) as connection:
        until(runs)
        for _ in range(2):
            connection.sendall(whole[:10])
            until(runs)
            connection.sendall(whole[10:])
            assert healthy(connection)
            until(lambda: not runs())


def test_the_soft_limit_is_raised_and_never_lowered() -> None:
    code = (
        "import resource; from searchsvc.service import descriptors as d; print(d.raise_limit(), resource.getrlimit(7))"
    )
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    raised = min(hard, descriptors.WANTED[0])
    for soft, expected in ((64, raised), (hard, max(raised, hard))):
        limits = f"ulimit -S -n {soft}; exec {sys.executable} -c '{code}'"
        said = subprocess.run(["sh", "-c", limits], capture_output=True, text=True, check=True).stdout
        assert said == f"{expected} ({expected}, {hard})\n"


def test_an_api_with_few_descriptors_stays_and_says_little(tmp_path: Path) -> None:
    chosen = Settings(data=tmp_path, port=free_port())
    migrate.upgrade(chosen.database)
    few, log = 300, tmp_path / "log"
    environment = {**os.environ, "SEARCHSVC_DATA": str(tmp_path), "SEARCHSVC_PORT": str(chosen.port)}
    command = f"ulimit -n {few}; exec {sys.executable} -P -m api"
    with log.open("wb") as out, ExitStack() as stack:
        process = subprocess.Popen(["sh", "-c", command], env=environment, stdout=out, stderr=out)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        url = f"http://127.0.0.1:{chosen.port}"
        until(lambda: _answers(url) is not None)
        held = [stack.enter_context(socket.create_connection(("127.0.0.1", chosen.port))) for _ in range(2 * few)]
        assert _answers(url) == 503
        for connection in held:
            connection.close()
        until(lambda: _answers(url) == 200)
    assert len(log.read_text().splitlines()) < 20, log.read_text()[-2000:]


def _answers(url: str) -> int | None:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False, timeout=30).status_code
    except httpx.TransportError:
        return None
