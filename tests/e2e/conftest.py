from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.browser import CHROMIUM, browsed
from tests.e2e.service import Service


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service on SQLite and a local Ray for all tests that leave it running."""
    with Service(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture
def page(service: Service) -> Iterator[Any]:
    """A page of a real browser; its `complaints` are errors of scripts and requests that leave the service."""
    if CHROMIUM is None:
        pytest.skip("NOT RUN: no chromium found; install Debian's package chromium")
    with browsed(service.url) as page:
        yield page
