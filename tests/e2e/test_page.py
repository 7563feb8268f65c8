"""The page in a real browser, while a search runs."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from searchsvc import Client
from tests.e2e.service import Service
from tests.specs import TINY, TINY_HETEROGENEITY

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
SIDES = (("#learned .main-svg", "right"), ("#best-so-far", "left"))
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NOT RUN: no chromium found; install Debian's package chromium"
)


@pytest.fixture
def page(service: Service) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: page.complaints.append(r.url) if not r.url.startswith(service.url) else None)
        yield page
        browser.close()


def test_a_search_is_watched_live_from_submission_to_its_conclusion(
    service: Service, page: Any, tmp_path: Path
) -> None:
    search = Client(service.url).submit({**TINY, "name": HOSTILE})
    page.goto(f"{service.url}/#{search.id}")
    page.wait_for_selector("#search-title")
    page.wait_for_function("document.querySelector('#leaderboard tbody').rows.length >= 1", timeout=60_000)
    assert "running" in page.inner_text("#status")
    page.wait_for_function(
        "document.querySelector('#conclusion').textContent.startsWith('The searched')", timeout=120_000
    )
    assert page.locator("#leaderboard tbody tr").count() == 4
    assert page.inner_text("#leaderboard tbody tr:first-child td:nth-child(2)") == search.leaderboard().rows[0].label
    assert "succeeded: 9 of 9" in page.inner_text("#status")
    page.wait_for_selector("#learned .heatmaplayer image")
    right, left = (page.evaluate(f"document.querySelector('{s}').getBoundingClientRect().{side}") for s, side in SIDES)
    assert right <= left  # neither picture covers the other
    assert page.locator("#best-so-far .scatterlayer .trace").count() == 2
    assert page.inner_text("#search-title") == HOSTILE and page.title() == "searchsvc"
    assert page.complaints == []


def test_distributions_are_overlaid_and_described(service: Service, page: Any) -> None:
    search = Client(service.url).submit(TINY_HETEROGENEITY).wait()
    page.goto(f"{service.url}/#{search.id}")
    page.wait_for_selector("#distribution-tau_excitatory .scatterlayer .trace")
    assert page.locator("#distribution-tau_excitatory .scatterlayer .trace").count() == 5
    first = search.leaderboard().rows[0]
    shown = page.inner_text("#leaderboard tbody tr:first-child td:nth-child(3)")
    family = first.point["tau_excitatory"]["family"]
    assert f"tau_excitatory {family} (" in shown and f"cell {first.point['cell']}" in shown
    capacity = page.inner_text("#leaderboard tbody tr:first-child td:nth-child(4)")
    assert capacity.startswith(f"{first.metrics['memory_capacity/validation']['mean']:.2f} ± ")
    assert page.inner_text("#validation") == "memory capacity"
    page.evaluate(f"location.hash = '{Client(service.url).submit(TINY).id}'")  # no trace of it in another search
    page.wait_for_function("!document.querySelector('#distributions').children.length")
    assert page.complaints == []


def test_the_leaderboard_follows_the_database(service: Service, page: Any) -> None:
    search = Client(service.url).submit(TINY)
    page.goto(f"{service.url}/#{search.id}")
    for event in search.events():
        if event.kind == "trial_done" and event.body["tell"] in (3, 6):
            counted = f"""[...document.querySelectorAll('#leaderboard td.seeds')]
                .reduce((sum, cell) => sum + parseInt(cell.textContent), 0) >= {event.body["tell"] - 1}"""
            page.wait_for_function(counted, timeout=20_000)


def test_pause_resume_and_cancel_by_their_buttons(service: Service, page: Any) -> None:
    search = Client(service.url).submit({**TINY, "training": {"epochs": 1000}})
    page.goto(f"{service.url}/#{search.id}")
    page.click("#status button:text('pause')")
    page.click("#status button:text('resume')", timeout=20_000)
    page.click("#status button:text('cancel')")
    page.wait_for_function("document.querySelector('#status').textContent.startsWith('cancelled')", timeout=20_000)
    assert search.status()["state"] == "cancelled"


def test_an_unknown_search_says_so(service: Service, page: Any) -> None:
    page.goto(f"{service.url}/#nonsense")
    page.wait_for_function("document.querySelector('#error').textContent.includes('does not exist')")
