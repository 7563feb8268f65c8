from collections.abc import Iterator

import pytest

from tests.e2e.service import Service


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service on SQLite and a local Ray for all tests that leave it running."""
    with Service(tmp_path_factory.mktemp("service")) as started:
        yield started
