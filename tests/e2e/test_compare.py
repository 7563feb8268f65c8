"""Candidates side by side, tasks and their accessibility, in a real browser."""

from pathlib import Path
from typing import Any

import pytest

from searchsvc import Client
from tests.e2e.browser import picture, violations
from tests.e2e.service import Service
from tests.specs import TINY, TINY_HETEROGENEITY

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def searches(service: Service) -> list[str]:
    """Two searches that have ended."""
    specs: list[dict[str, Any]] = [{**TINY, "name": HOSTILE, "confirm": 0}, {**TINY_HETEROGENEITY, "confirm": 0}]
    made = [Client(service.url).submit(spec) for spec in specs]
    return [search.wait().id for search in made]


def test_two_candidates_are_compared(service: Service, page: Any, searches: list[str], tmp_path: Path) -> None:
    rows = {row.label: row for row in Client(service.url).search(searches[0]).leaderboard().rows}
    chosen = [f"candidate={searches[0]}:{rows[label].candidate}" for label in ("all LIF", "all SLIF")]
    page.goto(f"{service.url}/compare?{'&'.join(chosen)}")
    fields = page.locator("#configuration tbody th").all_inner_texts()
    assert "neurons.0.name" in fields and not any(name.startswith("network") for name in fields)
    score = page.locator("#metrics tr", has=page.locator("th[data-metric='accuracy/validation']"))
    for label, cell in zip(("all LIF", "all SLIF"), score.locator("td").all_inner_texts(), strict=True):
        mean, interval = (float(number) for number in cell.splitlines()[0].split(" ± "))
        assert mean == pytest.approx(100 * (rows[label].metrics["accuracy/validation"]["mean"] or 0), abs=interval / 10)
    for title in ("Learning curves", "Costs by layer"):
        figure = page.locator(f"figure[data-title='{title}']")
        figure.scroll_into_view_if_needed()
        page.wait_for_selector(f"figure[data-title='{title}'][data-drawn] .main-svg")
    assert page.locator("figure[data-title='Learning curves'] .scatterlayer .trace").count() == 4  # two seeds each
    assert violations(page) == []
    picture(page, "compare", tmp_path)
    page.click("text=Show all")
    assert "network.channels" in page.locator("#configuration tbody th").all_inner_texts()
    assert page.title() != "owned" and page.inner_text("#candidates tbody tr:first-child .name").startswith(HOSTILE)
    assert page.complaints == []


def test_distributions_are_overlaid(service: Service, page: Any, searches: list[str]) -> None:
    page.goto(f"{service.url}/compare?candidate={searches[1]}:2&candidate={searches[1]}:3")
    figure = page.locator("figure[data-title='Distributions: tau excitatory']")
    figure.scroll_into_view_if_needed()
    figure.locator(".scatterlayer .trace").first.wait_for()
    labels = figure.locator(".legendtext").all_text_contents()
    assert sorted(label[:3] for label in labels) == ["A: ", "B: "]
    assert page.complaints == []


def test_what_cannot_be_compared_is_told(service: Service, page: Any, searches: list[str]) -> None:
    page.goto(f"{service.url}/compare?candidate={searches[0]}:1")
    said = "candidate: got 1 of them; give 2 to 6, each as candidate=<search>:<number or name>"
    assert said in page.inner_text("main")


def test_a_task_shows_ours_and_the_literature_apart(
    service: Service, page: Any, searches: list[str], tmp_path: Path
) -> None:
    page.goto(f"{service.url}/tasks")
    page.click("#tasks a:text-is('digits')")
    page.locator("#here tbody tr").nth(2).wait_for()
    assert page.locator("#published").count() == 0 and violations(page) == []
    page.goto(f"{service.url}/tasks/cifar10")
    assert page.inner_text("section.published h2") == "Published, not run here"
    assert page.locator("#published tbody tr").count() == 35
    assert violations(page) == [] and page.complaints == []
    picture(page, "task", tmp_path)


@pytest.mark.parametrize("path", ["/tasks", "/tasks/cifar10", "/submit?kind=heterogeneity"])
@pytest.mark.parametrize("width", [400, 2560])
def test_pages_fit_their_screen(service: Service, page: Any, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{service.url}{path}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_is_accessible(service: Service, page: Any, scheme: str, tmp_path: Path) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{service.url}/submit?kind=heterogeneity")
    page.wait_for_selector("form[data-ready]")
    page.click("button:text-is('Add to space')")
    page.locator('fieldset.row [data-step="type"] select').select_option("distribution")
    for summary in page.locator("details > summary").all():
        summary.click()
    page.click("main button[type=submit]")
    page.wait_for_selector("#refusal:not([hidden])")
    assert violations(page) == []
    picture(page, f"submit-{scheme}", tmp_path)
