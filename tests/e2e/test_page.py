"""The pages in a real browser, while searches run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from searchsvc import Client
from searchsvc.client import Search
from tests.e2e.browser import CHROMIUM, browsed, picture, until, violations
from tests.e2e.service import Service
from tests.specs import TINY, TINY_HETEROGENEITY

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"
LONG = {**TINY, "name": "long", "training": {"epochs": 1000}}
TABS = {"": "leaderboard", "/pictures": "pictures", "/trials": "trials", "/trials/1": "trial"}
STILL = {"/specification": "specification", "/activity": "activity"}
NUMBERS = "[...document.querySelectorAll('#log li')].map((row) => Number(row.dataset.number))"
LOOK = "document.dispatchEvent(new Event('visibilitychange')); 0"
TOLD = "document.dispatchEvent(new CustomEvent('told')); 0"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NOT RUN: no chromium found; install Debian's package chromium"
)


@pytest.fixture
def page(service: Service) -> Iterator[Any]:
    with browsed(service.url) as page:
        yield page


@pytest.fixture(scope="module")
def search(service: Service) -> Search:
    """A finished search with a name that attacks."""
    made = Client(service.url).submit({**TINY, "name": HOSTILE})
    made.wait()
    return made


def test_every_page_says_that_nothing_is_trained(service: Service, page: Any) -> None:
    page.goto(service.url)
    said = page.evaluate("getComputedStyle(document.querySelector('#waiting'), '::before').content")
    assert said == '"Service: "' and page.is_visible("#waiting")
    assert page.inner_text("#waiting") == "nothing is trained: SEARCHSVC_EXECUTOR=scripted draws every score"


def test_a_search_is_watched_live_from_submission_to_its_best(service: Service, page: Any, tmp_path: Path) -> None:
    page.goto(service.url)
    search = Client(service.url).submit({**TINY, "name": "watched", "training": {"epochs": 12}})
    search.pause()  # or it might end before the page is live
    page.click("text=watched")  # the list shows it without being loaded again
    page.wait_for_selector("#connection[data-state=live]")
    page.evaluate("document.querySelector('#main').loaded = 'once'")
    search.resume()
    page.wait_for_selector("#leaderboard tbody tr")
    assert page.inner_text("#status .badge") == "running"
    page.check("#leaderboard tbody tr:first-child input[type=checkbox]")
    chosen = page.get_attribute("#leaderboard input:checked", "id")
    page.click("#columns summary")
    page.wait_for_selector("#conclusion")
    assert page.inner_text("#conclusion").startswith("The searched")
    board = search.leaderboard()
    labels = [text.split(" ★")[0] for text in page.locator("#leaderboard tbody th a").all_inner_texts()]
    assert labels == [row.label for row in board.rows]
    assert page.inner_text("#leaderboard tr.best th a") == next(row.label for row in board.rows if row.is_best)
    assert page.is_checked(f"#{chosen}") and page.get_attribute("#columns", "open") is not None
    assert page.evaluate("document.querySelector('#main').loaded") == "once"
    assert "has succeeded" in page.inner_text("#announcement")
    assert page.inner_text("#connection") == "ended" and page.complaints == []


def test_sorting_and_columns_without_loading_the_page_again(search: Search, service: Service, page: Any) -> None:
    page.goto(f"{service.url}/searches/{search.id}")
    page.evaluate("document.querySelector('#main').loaded = 'once'")
    page.click("#sort-energy")
    page.wait_for_selector("th[data-column=energy][aria-sort=ascending]")
    energies = [float(text) for text in page.locator("td[data-c=energy]").all_inner_texts()]
    assert energies == sorted(energies) and "sort=energy" in page.url
    page.click("#sort-energy")
    page.wait_for_selector("th[data-column=energy][aria-sort=descending]")
    page.click("#columns summary")
    page.click("#column-choice input[value=latency]")
    page.wait_for_selector("th[data-column=latency]")
    page.click("#column-choice input[value=seeds]")
    page.wait_for_selector("th[data-column=seeds]", state="detached")
    assert page.evaluate("document.querySelector('#main').loaded") == "once"
    page.goto(f"{service.url}/searches/{search.id}")  # remembered
    page.wait_for_selector("th[data-column=latency]")
    assert page.locator("th[data-column=seeds]").count() == 0
    page.click("#columns summary")
    page.click("[data-forget]")
    page.wait_for_selector("th[data-column=seeds]")
    assert page.complaints == []


def test_two_to_six_candidates_are_chosen_to_be_compared(search: Search, service: Service, page: Any) -> None:
    page.goto(f"{service.url}/searches/{search.id}")
    boxes = page.locator("#leaderboard input[name=candidate]")
    assert not page.is_visible("#compare")
    boxes.nth(0).check()
    assert page.is_visible("#compare") and page.is_disabled("#compare-button")
    boxes.nth(1).check()
    assert page.inner_text("#chosen-count") == "2" and page.is_enabled("#compare-button")
    page.click("#compare-button")
    page.wait_for_url("**/compare?candidate=*&candidate=*")


def test_candidates_of_several_searches_are_chosen(search: Search, service: Service, page: Any) -> None:
    other = Client(service.url).submit(TINY)
    other.wait()
    chosen = []
    for made in (search, other):
        page.goto(f"{service.url}/searches/{made.id}")
        box = page.locator("#leaderboard input[name=candidate]").first
        box.check()
        chosen.append(box.get_attribute("value"))
    assert page.inner_text("#compare strong") == "2" and "from 2 searches" in page.inner_text("#compare")
    page.click("#compare-button")
    page.wait_for_url("**/compare?**")
    assert page.locator("#candidates tbody tr").count() == 2
    assert [value in unquote(page.url) for value in chosen] == [True, True]
    page.go_back()
    page.click("#choose-none")
    assert not page.is_visible("#compare") and page.complaints == []


def test_a_tab_that_nobody_sees_catches_up_when_it_is_seen(service: Service, page: Any) -> None:
    search = Client(service.url).submit(TINY)
    page.goto(f"{service.url}/searches/{search.id}/activity")
    page.wait_for_selector("#connection[data-state=live]")
    page.evaluate(f"Object.defineProperty(document, 'hidden', {{value: true, configurable: true}}); {LOOK}")
    page.wait_for_timeout(1000)  # what it had begun to ask for
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = page.evaluate(NUMBERS)
    search.wait()
    assert asked == [] and page.locator("#conclusion").count() == 0  # nor does it hold a connection
    assert page.evaluate(NUMBERS) == before
    page.evaluate(f"delete document.hidden; {LOOK}")
    page.wait_for_selector("#conclusion")
    until(page, f"{NUMBERS}.length === {len(list(search.events()))}")
    numbers = page.evaluate(NUMBERS)
    assert numbers == list(range(1, len(numbers) + 1)) and len(asked) <= 3 and page.complaints == []


def test_pause_resume_cancel_and_delete_by_their_buttons(service: Service, page: Any) -> None:
    search = Client(service.url).submit({**LONG, "name": HOSTILE})  # the API's answers name it
    page.goto(f"{service.url}/searches/{search.id}")
    page.click("#pause")
    page.click("#resume")
    page.wait_for_selector("#pause")
    page.click("#cancel")
    page.click("#confirm button[value=no]")
    assert search.status()["state"] in ("queued", "running")
    page.click("#cancel")
    page.click("#confirm button[value=yes]")
    page.wait_for_selector("#status .badge.cancelled")
    assert search.status()["state"] == "cancelled"
    page.click("#delete")
    page.click("#confirm button[value=yes]")
    page.wait_for_url(f"{service.url}/")
    assert page.complaints == []


def test_a_failed_search_goes_on_by_its_button_and_its_page_follows(service: Service, page: Any) -> None:
    diverging = {**TINY["training"], "lr": 1000.0, "weight_decay": 1000.0}
    search = Client(service.url).submit({**TINY, "training": diverging, "max_failed_trials": 0})
    page.goto(f"{service.url}/searches/{search.id}")
    page.click("#retry")  # of a page that has seen it fail
    page.wait_for_selector("#connection:not([data-state=ended])")
    page.wait_for_selector("#connection[data-state=ended]")  # it fails again
    page.wait_for_selector("#retry")
    assert [event.kind for event in search.events()].count("retried") == 1 and page.complaints == []


def test_the_theme_is_the_systems_until_one_is_chosen(service: Service, page: Any) -> None:
    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body.parentNode).backgroundColor"))

    page.goto(service.url)
    light = background()
    page.emulate_media(color_scheme="dark")
    dark = background()
    assert light != dark and page.get_attribute("#theme", "aria-pressed") == "true"
    page.click("#theme")
    assert background() == light
    page.reload()
    assert background() == light and page.get_attribute("#theme", "aria-pressed") == "false"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_can_be_used_by_everybody(search: Search, service: Service, theme: str, tmp_path: Path) -> None:
    address = f"{service.url}/searches/{search.id}"
    pages = {"/": "searches", **{f"/searches/{search.id}{tab}": name for tab, name in {**TABS, **STILL}.items()}}
    with browsed(service.url, theme=theme) as page:
        for path, name in pages.items():
            page.goto(service.url + path)
            if name in ("pictures", "trial"):
                page.wait_for_selector("figure[data-drawn]")
            assert violations(page) == [], name
            picture(page, f"{name}-{theme}", tmp_path)
        page.goto(f"{address[:-4]}beef")
        assert "does not exist" in page.inner_text("#detail") and violations(page) == []


def test_the_score_is_in_sight_and_no_usual_column_is_cut(search: Search, service: Service) -> None:
    edges = "document.querySelector('td.objective').getBoundingClientRect().right"
    with browsed(service.url, 400) as page:
        page.goto(f"{service.url}/searches/{search.id}")
        assert page.evaluate(edges) < 400
        assert page.get_attribute("#board .scroll", "data-more") == "right"
    with browsed(service.url, 1280) as page:
        for path in (f"/searches/{search.id}", "/", "/tasks", "/tasks/digits"):
            page.goto(service.url + path)
            cut = "[...document.querySelectorAll('.scroll')].map((box) => box.scrollWidth - box.clientWidth)"
            assert not any(page.evaluate(cut)), path


@pytest.mark.parametrize("width", [400, 2560])
def test_pages_fit_narrow_and_wide_screens(search: Search, service: Service, width: int, tmp_path: Path) -> None:
    with browsed(service.url, width) as page:
        for tab, name in {**TABS, **STILL}.items():
            page.goto(f"{service.url}/searches/{search.id}{tab}")
            if name in ("pictures", "trial"):
                page.wait_for_selector("figure[data-drawn]")
            assert page.evaluate(OVERFLOW) <= 0, name
            picture(page, f"{name}-{width}", tmp_path)
        page.goto(service.url)
        assert page.evaluate(OVERFLOW) <= 0
        assert page.evaluate("document.querySelector('table').offsetWidth") > min(width, 2400) - 130


def test_a_hostile_name_is_shown_and_does_not_run(search: Search, service: Service, page: Any) -> None:
    for tab in ("", *TABS, *STILL):
        page.goto(f"{service.url}/searches/{search.id}{tab}")
        assert HOSTILE in page.inner_text("main") and "owned" not in page.title().replace(HOSTILE, "")
    assert page.locator("img").count() == 0 and page.complaints == []


def test_pictures_are_drawn_when_they_come_into_view(service: Service, page: Any) -> None:
    search = Client(service.url).submit(TINY_HETEROGENEITY)
    search.wait()
    page.set_viewport_size({"width": 1280, "height": 400})
    page.goto(f"{service.url}/searches/{search.id}/pictures")
    page.wait_for_selector("figure[data-kind=distributions] .scatterlayer .trace")
    assert page.locator("figure:not([data-drawn])").count() > 0  # those further down
    page.locator("figure[data-kind=parallel]").scroll_into_view_if_needed()
    page.wait_for_selector("figure[data-kind=parallel] .scatterlayer .trace")
    assert page.complaints == []


def test_pictures_outlast_a_failed_request_and_follow_what_there_is(
    search: Search, service: Service, page: Any
) -> None:
    listing = re.compile(r"/figures$")
    page.goto(f"{service.url}/searches/{search.id}/pictures")
    page.wait_for_selector("figure[data-kind=best-so-far] .scatterlayer .trace")
    page.route(listing, lambda route: route.fulfill(status=503, json={"detail": "away"}))
    with page.expect_response(listing):
        page.evaluate(TOLD)
    page.wait_for_timeout(300)
    assert page.locator("figure[data-kind=best-so-far] .scatterlayer .trace").count() > 0
    page.unroute(listing)
    offers = [
        {"kind": "timeline", "title": "Time line", "of": []},
        {"kind": "pareto", "title": "Pareto front", "of": ["sops", "energy"]},
    ]
    page.route(listing, lambda route: route.fulfill(json={"figures": offers}))
    page.evaluate(TOLD)
    page.wait_for_selector("figure[data-kind=best-so-far]", state="detached")
    page.select_option("figure[data-kind=pareto] select", "energy")
    offers[1]["of"] = ["parameters", "sops", "energy"]
    page.evaluate(TOLD)
    until(page, "document.querySelectorAll('figure[data-kind=pareto] option').length === 3")
    assert page.input_value("figure[data-kind=pareto] select") == "energy"


def test_after_the_apis_death_the_activity_goes_on_without_gap_or_double(service: Service, page: Any) -> None:
    search = Client(service.url).submit(LONG)
    page.goto(f"{service.url}/searches/{search.id}/activity")
    until(page, f"{NUMBERS}.length > 10")
    service.child("api").kill()
    page.wait_for_selector("#connection[data-state=reconnecting]")
    page.wait_for_selector("#connection[data-state=live]")
    before = len(page.evaluate(NUMBERS))
    until(page, f"{NUMBERS}.length > {before + 5}")
    search.cancel()
    page.wait_for_selector("#connection[data-state=ended]")
    events = list(search.events())
    assert page.evaluate(NUMBERS) == list(range(1, len(events) + 1))
    kinds = [text.replace(" ", "_") for text in page.locator("#log .kind").all_inner_texts()]
    assert kinds == [event.kind for event in events]


def test_rows_follow_the_database(service: Service, page: Any) -> None:
    search = Client(service.url).submit(TINY)
    page.goto(f"{service.url}/searches/{search.id}")
    for event in search.events():
        if event.kind == "trial_done" and event.body["tell"] in (3, 6):
            counted = f"""[...document.querySelectorAll('#leaderboard td[data-c=seeds]')]
                .reduce((sum, cell) => sum + parseInt(cell.textContent), 0) >= {event.body["tell"] - 1}"""
            until(page, counted)  # one, on a machine that does nothing else


def test_addresses_of_earlier_versions_lead_to_the_search(search: Search, service: Service, page: Any) -> None:
    page.goto(f"{service.url}/#{search.id}")
    page.wait_for_url(f"{service.url}/searches/{search.id}")
