"""The list of searches in a real browser: several chosen, compared, deleted."""

from typing import Any

import pytest

from searchsvc import Client
from tests.e2e.browser import CHROMIUM, until, violations
from tests.e2e.service import Service
from tests.specs import TINY

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NOT RUN: no chromium found; install Debian's package chromium"
)


def test_two_are_compared_and_several_deleted(service: Service, page: Any) -> None:
    made = [Client(service.url).submit({**TINY, "name": f"listed {i}"}) for i in range(3)]
    for search in made:
        search.wait()
    page.goto(f"{service.url}/?text=listed")
    assert not page.is_visible("#chosen")
    page.check(f"#choose-{made[0].id}")
    assert page.is_disabled("#compare-button")
    page.check(f"#choose-{made[1].id}")
    page.evaluate("document.addEventListener('refreshed', () => { document.body.dataset.again = ''; }); 0")
    until(page, "'again' in document.body.dataset")  # the list has asked for itself again, and what is chosen stays
    assert page.inner_text("#chosen-count") == "2" and violations(page) == []
    page.click("#compare-button")
    page.wait_for_selector("#configuration")
    assert page.locator("#searches a").all_inner_texts() == ["listed 1", "listed 0"] and violations(page) == []
    assert page.locator("#configuration tbody th").all_inner_texts() == ["name"]
    page.go_back()
    for search in made[:2]:
        page.check(f"#choose-{search.id}")
    page.click("text=Delete 2")
    assert page.inner_text("#confirm-question").startswith("Delete these 2 searches with all trials")
    page.click("#confirm button[value=yes]")
    until(page, "document.querySelectorAll('#searches tbody tr').length === 1")
    assert page.inner_text("#announcement") == "2 deleted." and not page.is_visible("#chosen")
    assert page.locator("#searches tbody th").all_inner_texts() == ["listed 2"] and page.complaints == []
