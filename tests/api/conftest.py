import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.settings import Settings
from searchsvc.store.db import Database


@pytest.fixture(scope="module", autouse=True)
def nothing_trains(scripted: None) -> None:
    """Routes and pages show what trials report; where that must be trained, a test asks for `training`."""


@pytest.fixture
def client(database: Database, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """The API on a new database of each kind."""
    settings = Settings(data=tmp_path, database_url=database_url)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def light(migrated_file: Path, tmp_path: Path) -> Iterator[TestClient]:
    """The API on SQLite alone, for what no database decides."""
    shutil.copy(migrated_file, tmp_path / "searchsvc.db")
    with TestClient(create_app(Settings(data=tmp_path)), raise_server_exceptions=False) as client:
        yield client
