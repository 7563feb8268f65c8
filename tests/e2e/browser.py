"""A real browser, and what a page must not do in it."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.service import PATIENCE_SECONDS

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
FOUND = """axe.run({resultTypes: ['violations']}).then(({violations}) => violations
    .filter(({impact}) => ['serious', 'critical'].includes(impact))
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(' ').slice(0, 600)}`))"""


@contextmanager
def browsed(url: str, width: int = 1280, theme: str = "light", arguments: Sequence[str] = ()) -> Iterator[Any]:
    """A page whose `complaints` are errors, and requests to other places than `url`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        page: Any = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=theme)  # type: ignore[arg-type]
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: page.complaints.append(r.url) if not r.url.startswith(url) else None)
        yield page
        browser.close()


def until(page: Any, expression: str) -> None:
    """Wait for it; `page.wait_for_function` would need `eval`, which the pages' policy forbids."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"it does not come about: {expression}"
        page.wait_for_timeout(50)


def violations(page: Any) -> list[str]:
    """What axe-core finds serious or critical."""
    page.evaluate(f"{AXE}; 0")  # by the debugger: the page's policy forbids a script of others
    found: list[str] = page.evaluate(FOUND)
    return found


def picture(page: Any, name: str, folder: Path) -> None:
    """A screenshot for a person to look at: in the folder SCREENSHOTS if that is set, else in `folder`."""
    place = Path(os.environ.get("SCREENSHOTS") or folder)
    place.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=place / f"{name}.png", full_page=True)
