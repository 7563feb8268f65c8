from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.db import Database
from searchsvc.settings import Settings


@pytest.fixture
def client(database: Database, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """The API on a new database of each kind."""
    settings = Settings(data=tmp_path, database_url=database_url)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client
