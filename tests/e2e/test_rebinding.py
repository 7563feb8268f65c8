"""A page whose name is made to lead to this machine, as its browser sees it, gets nothing from the service."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from searchsvc.service.settings import Settings
from tests.e2e.alone import served
from tests.e2e.browser import CHROMIUM, browsed
from tests.e2e.service import free_port
from tests.specs import TINY

ASKED = """async ([method, path, body]) => {
    const headers = {"Content-Type": "application/json"};
    const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)});
    return [answer.status, await answer.text()];
}"""


@pytest.mark.parametrize(("name", "is_served"), [("evil.example", False), ("search.lab", True), ("127.0.0.1", True)])
def test_a_page_reads_and_changes_only_under_a_name_of_the_services(
    migrated_file: Path, tmp_path: Path, name: str, is_served: bool
) -> None:
    if CHROMIUM is None:
        pytest.skip("NOT RUN: no chromium found; install Debian's package chromium")
    (tmp_path / "searchsvc.db").write_bytes(migrated_file.read_bytes())
    settings = Settings(data=tmp_path, port=free_port(), allowed_hosts="search.lab")
    with served(settings) as url, browsed(url, arguments=["--host-resolver-rules=MAP * 127.0.0.1"]) as page:
        made = httpx.post(f"{url}/v1/searches", json=TINY).json()["id"]
        there = f"http://{name}:{settings.port}"
        page.goto(f"{there}/healthz")  # whatever it says, a document of that name, whose scripts ask as that site's

        def ask(method: str, path: str, body: Any = None) -> tuple[int, str]:
            status, text = page.evaluate(ASKED, [method, path, body])
            return status, text

        asked = {
            ("GET", "/v1/searches"): (200, None),
            ("GET", f"/searches/{made}"): (200, None),
            ("POST", "/v1/searches"): (201, TINY),
            ("DELETE", f"/v1/searches/{made}"): (204, None),
        }
        for (method, path), (good, body) in asked.items():
            status, text = ask(method, path, body)
            assert status == (good if is_served else 421), (method, path)
            assert is_served or made not in text
        left = [search["id"] for search in httpx.get(f"{url}/v1/searches").json()["searches"]]
        assert (made in left) != is_served and len(left) == 1
