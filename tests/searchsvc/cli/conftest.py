"""Commands against the API in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from searchsvc.cli import commands
from searchsvc.service.settings import Settings
from tests.api import finished
from tests.specs import TINY

Typed = Callable[..., str]


@pytest.fixture(scope="module")
def service(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, scripted: None) -> Iterator[TestClient]:
    """The API on SQLite."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "searchsvc.db").write_bytes(migrated_file.read_bytes())
    with TestClient(create_app(Settings(data=folder)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def search(service: TestClient) -> str:
    """The id of one that has ended."""
    state = service.app.state  # type: ignore[attr-defined]
    return finished.run(service, state.database, Path(state.settings.artifact_store), {**TINY, "name": "First Light"})


@pytest.fixture
def typed(service: TestClient, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What a command prints; errors of its user are raised."""
    monkeypatch.setattr(service, "close", lambda: None)
    monkeypatch.setattr("searchsvc.client.client.connect", lambda *_: (service, ""))

    def typed(*words: str, given: str | None = None) -> str:
        done = CliRunner().invoke(commands.app, words, input=given, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return typed
