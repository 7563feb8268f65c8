import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.service import Service

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


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
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page: Any = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: page.complaints.append(r.url) if not r.url.startswith(service.url) else None)
        yield page
        browser.close()
