"""Make the pictures of docs/: a real search, seen in a real browser while it runs (`make screenshot`)."""

import shutil
import sys
import tempfile
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from searchsvc import Client  # noqa: E402
from tests import keeper  # noqa: E402
from tests.e2e.service import Service  # noqa: E402

AFTER_TRIALS = 15
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


def main() -> None:
    keeper.begin()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium was not found; install Debian's package chromium")
    spec = yaml.safe_load((ROOT / "examples/neuron_search_event_digits.yaml").read_text())
    with tempfile.TemporaryDirectory() as folder, Service(Path(folder)) as service, sync_playwright() as playwright:
        search = Client(service.url).submit(spec)
        page = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS).new_page(
            viewport={"width": 1280, "height": 1000}
        )
        page.goto(f"{service.url}/searches/{search.id}")
        for event in search.events():
            if event.kind == "trial_done" and event.body["tell"] == AFTER_TRIALS:
                page.wait_for_timeout(1500)
                page.screenshot(path=ROOT / "docs/running.png", full_page=True)
        page.wait_for_timeout(2000)
        page.screenshot(path=ROOT / "docs/leaderboard.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 4000})  # pictures are drawn when they come into view
        page.goto(f"{service.url}/searches/{search.id}/pictures")
        page.wait_for_timeout(5000)
        page.locator(".figures").screenshot(path=ROOT / "docs/pictures.png")
        print(service.run("searchsvc", "leaderboard", search.id).stdout)


if __name__ == "__main__":
    main()
