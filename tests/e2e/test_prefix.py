"""Behind a proxy that serves us below a path, everything works as at the top of a host."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from searchsvc import Client
from searchsvc.cli import commands as cli
from searchsvc.service.settings import Settings
from searchsvc.store.db import Database
from tests.e2e.alone import proxied, served
from tests.e2e.browser import CHROMIUM, browsed, until
from tests.e2e.service import free_port
from tests.specs import TINY
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner.loop import Runner

PREFIX = "/lab/search.svc"


@pytest.fixture
def settings(migrated_file: Path, tmp_path: Path) -> Settings:
    (tmp_path / "searchsvc.db").write_bytes(migrated_file.read_bytes())
    return Settings(data=tmp_path, port=free_port(), root_path=f"{PREFIX}/")


@pytest.fixture
def url(settings: Settings) -> Iterator[str]:
    with served(settings), proxied(settings.port, PREFIX) as url:
        yield url


@pytest.fixture
def search(settings: Settings, url: str) -> str:
    """A finished one."""
    made = Client(url).submit(TINY)
    store = Path(settings.artifact_store)
    database = Database(settings.database)
    runner = Runner(database, InlineExecutor(store), 30.0, str(store), InlineAsker())
    while made.status()["state"] in ("queued", "running"):
        runner.turn()
    runner.close()
    database.close()
    return made.id


def test_the_client_and_the_command_line(url: str, search: str, tmp_path: Path) -> None:
    found = Client(url).search(search)
    events = [event.kind for event in found.events()]
    assert events[0] == "submitted" and events[-1] == "succeeded"
    assert found.best()["manifest"]["rank"] == 1 and found.plot("alpha").data
    assert found.weights(tmp_path / "best.safetensors").stat().st_size > 0
    listed = CliRunner().invoke(cli.app, ["ls", "--url", f"{url}/"])
    assert search in listed.stdout
    refused = httpx.get(f"{url}/v1/nothing")
    assert refused.status_code == 404 and f"{PREFIX}/v1/nothing" in refused.json()["detail"]


def test_addresses_in_answers_lead_through_the_proxy(url: str, settings: Settings) -> None:
    made = httpx.post(f"{url}/v1/searches", json=TINY, headers={"Idempotency-Key": "a"})
    host = url.removesuffix(PREFIX)
    assert made.headers["location"].startswith(f"{PREFIX}/v1/searches/")
    assert httpx.get(f"{host}{made.headers['location']}").json()["id"] == made.json()["id"]
    slashed = httpx.get(f"{url}/tasks/")
    assert slashed.headers["location"] == f"{PREFIX}/tasks" and slashed.status_code == 307
    api = httpx.get(f"{url}/openapi.json").json()
    assert [server["url"] for server in api["servers"]] == [PREFIX]
    for page in ("docs", "redoc"):
        shown = httpx.get(f"{url}/{page}").text
        assert f"{PREFIX}/openapi.json" in shown and f"{PREFIX}/static-offline-docs/" in shown
    again = {"json": TINY, "headers": {"Idempotency-Key": "a"}}
    direct = httpx.post(f"http://127.0.0.1:{settings.port}/v1/searches", **again)  # type: ignore[arg-type]
    assert direct.json()["id"] == made.json()["id"]  # it is the same request


def test_a_proxy_that_keeps_the_path_will_do_too(url: str, settings: Settings) -> None:
    with proxied(settings.port, PREFIX, strips=False) as other:
        assert httpx.get(f"{other}/v1/searches").json() == httpx.get(f"{url}/v1/searches").json()
        assert f'href="{PREFIX}/tasks"' in httpx.get(f"{other}/").text
        assert httpx.get(f"{other}").headers["location"] == f"{PREFIX}/"


def test_pages_in_a_browser(url: str, search: str) -> None:
    if CHROMIUM is None:
        pytest.skip("NOT RUN: no chromium found; install Debian's package chromium")
    with browsed(url) as page:
        page.goto(f"{url}/")
        page.click("text=tiny")
        until(page, "document.querySelectorAll('#leaderboard tbody tr').length > 3")
        page.click("#sort-energy")
        until(page, "location.search.includes('sort=energy')")
        for name in ("Pictures", "Trials", "Specification", "Activity"):
            page.click(f"a:text-is('{name}')")
            page.wait_for_url(f"{url}/searches/{search}/{name.lower()}")
            if name == "Pictures":
                until(page, "document.querySelectorAll('.figures .main-svg').length > 0")
        page.click("#log a >> nth=0")
        page.wait_for_url(f"{url}/searches/{search}/trials/*")
        page.goto(f"{url}/submit?like={search}")
        page.wait_for_selector("form[data-ready]")
        page.click("text=Submit >> nth=-1")
        page.wait_for_url(f"{url}/searches/*")
        _followed(page)
        page.click("#delete")
        page.click("#confirm button[value=yes]")
        page.wait_for_url(f"{url}/")
        assert page.complaints == []


def _followed(page: Any) -> None:
    """Its events come: the pause shows without loading the page again."""
    until(page, "document.getElementById('connection')?.textContent === 'live'")
    page.click("#pause")
    until(page, "document.querySelector('.badge.paused') !== null")
