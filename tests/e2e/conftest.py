from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.browser import CHROMIUM, browsed
from tests.e2e.service import Service

SCRIPTED = {"SEARCHSVC_EXECUTOR": "scripted", "SEARCHSVC_SCRIPTED_SECONDS": "0.1"}


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service on SQLite for all tests that leave it running; its trials take their time and train nothing."""
    with Service(tmp_path_factory.mktemp("service"), **SCRIPTED) as started:
        yield started


@pytest.fixture
def page(service: Service) -> Iterator[Any]:
    """A page of a real browser; its `complaints` are errors of scripts and requests that leave the service."""
    if CHROMIUM is None:
        pytest.skip("NOT RUN: no chromium found; install Debian's package chromium")
    with browsed(service.url) as page:
        yield page
