from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Pool, event

from searchsvc.store.db import READERS
from tests.specs import TINY


def test_many_requests_at_once_share_the_connections_that_are_kept(client: TestClient) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]
    opened: list[Any] = []
    event.listen(Pool, "connect", note := lambda *connection: opened.append(connection))
    with ThreadPoolExecutor(3 * READERS) as threads:
        answers = list(threads.map(lambda _: client.get(f"/v1/searches/{made}").status_code, range(20 * READERS)))
    event.remove(Pool, "connect", note)
    assert set(answers) == {200}
    assert len(opened) <= READERS
