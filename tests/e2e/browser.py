"""A real browser, and what a page must not do in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
FOUND = """axe.run({resultTypes: ['violations']}).then(({violations}) => violations
    .filter(({impact}) => ['serious', 'critical'].includes(impact))
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(' ').slice(0, 600)}`))"""


@contextmanager
def browsed(url: str, width: int = 1280, theme: str = "light") -> Iterator[Any]:
    """A page whose `complaints` are errors, and requests to other places than `url`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page: Any = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=theme)  # type: ignore[arg-type]
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: page.complaints.append(r.url) if not r.url.startswith(url) else None)
        yield page
        browser.close()


def violations(page: Any) -> list[str]:
    """What axe-core finds serious or critical."""
    page.evaluate(f"{AXE}; 0")  # by the debugger: the page's policy forbids a script of others
    found: list[str] = page.evaluate(FOUND)
    return found


def picture(page: Any, name: str, folder: Path) -> None:
    """A screenshot for a person to look at: in SEARCHSVC_SCREENSHOTS if that is set, else in `folder`."""
    place = Path(os.environ.get("SEARCHSVC_SCREENSHOTS") or folder)
    place.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=place / f"{name}.png", full_page=True)
