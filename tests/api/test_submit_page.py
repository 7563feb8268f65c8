"""The page that submits a search, as it is served; what its script does is tested in a browser."""

import pytest
from fastapi.testclient import TestClient

from searchsvc import kinds
from tests.specs import TINY

HOSTILE = '"><script>alert(1)</script>'


def test_it_is_for_a_kind_or_like_another_search(client: TestClient) -> None:
    made = client.post("/v1/searches", json={**TINY, "name": HOSTILE}).json()["id"]
    assert 'data-kind=""' in client.get("/submit").text
    assert 'data-kind="heterogeneity"' in client.get("/submit?kind=heterogeneity").text
    page = client.get(f"/submit?like={made}").text
    assert f'data-like="{made}"' in page and HOSTILE not in page
    assert "Submit again, changed: &#34;&gt;&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "kind=%3Cb%3E",
            f"kind: got &#39;&lt;b&gt;&#39;; allowed are {', '.join(kinds.kinds())}",
        ),
        ("like=nonsense", "search: got id &#39;nonsense&#39;, which does not exist; give an id"),
        ("like=00000000-0000-0000-0000-000000000000", "which does not exist; list searches"),
    ],
)
def test_what_does_not_exist_is_told(client: TestClient, query: str, said: str) -> None:
    page = client.get(f"/submit?{query}")
    assert page.status_code == 404 and said in page.text


def test_its_scripts_are_served(client: TestClient) -> None:
    for name in ("form.js", "fields.js", "schema.js"):
        assert "javascript" in client.get(f"/static/{name}").headers["content-type"]
