"""Users who submit, watch, pause, resume and cancel through HTTP while everything around them fails.

All that they were told goes into a journal, one JSON object a line; the checker holds the service to it.
"""

import json
import random
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.checker import FINAL
from tests.faults.specs import SPECS

PATIENCE_SECONDS = 300.0  # for all to end after the last fault
AGAIN_SECONDS = 0.5


class Clients:
    def __init__(self, url: str, journal: Path, seed: int, *, number: int = 2, open_at_most: int = 3) -> None:
        self.http = httpx.Client(base_url=url, timeout=30)
        self.journal = journal.open("a")
        self.open_at_most = open_at_most  # searches of each client
        self.lock = threading.Lock()
        self.over = threading.Event()  # submit nothing new
        self.stuck: list[str] = []
        seeds = [random.Random(f"{seed}/{i}") for i in range(number)]
        self.threads = [threading.Thread(target=self._live, args=(r,), daemon=True) for r in seeds]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        """Submit nothing more, and wait until everything that was submitted has ended."""
        self.over.set()
        for thread in self.threads:
            thread.join(2 * PATIENCE_SECONDS)
        self.journal.close()
        self.http.close()

    def _live(self, draw: random.Random) -> None:
        open_searches: dict[str, str] = {}
        deadline = float("inf")
        while (open_searches or not self.over.is_set()) and time.monotonic() < deadline:
            if self.over.is_set() and deadline == float("inf"):
                deadline = time.monotonic() + PATIENCE_SECONDS
            if not self.over.is_set() and len(open_searches) < self.open_at_most:
                open_searches[self._submit(draw.choice(SPECS))] = "queued"
            for search_id in list(open_searches):
                state = open_searches[search_id] = self._look(search_id)
                if state in FINAL:
                    del open_searches[search_id]
                elif state == "paused" or (self.over.is_set() and draw.random() < 0.2):
                    self._steer(search_id, "resume")  # one that is pausing too, or it would wait for ever
                elif not self.over.is_set() and (chance := draw.random()) < 0.03:
                    self._steer(search_id, "cancel" if chance < 0.003 else "pause")
            time.sleep(draw.uniform(0.2, 0.6))
        self.stuck += open_searches

    def _submit(self, spec: dict[str, Any]) -> str:
        """Sent with one key until it is acknowledged, as a careful client does."""
        key = str(uuid4())
        answer = self._request("POST", "/v1/searches", json=spec, headers={"Idempotency-Key": key})
        self._write(answer, op="submit", key=key)
        return str(answer["id"])

    def _look(self, search_id: str) -> str:
        answer = self._request("GET", f"/v1/searches/{search_id}")
        self._write(answer, op="look")
        return str(answer["state"])

    def _steer(self, search_id: str, verb: str) -> None:
        answer = self._request("POST", f"/v1/searches/{search_id}/{verb}")
        if "state" in answer:  # else 409: it has ended, or nobody has paused it
            self._write(answer, op=verb)

    def _request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        while True:
            try:
                answer = self.http.request(method, path, **options)
                if answer.status_code < 500:
                    found: dict[str, Any] = answer.json()
                    return found
            except httpx.TransportError:
                pass
            time.sleep(AGAIN_SECONDS)

    def _write(self, answer: dict[str, Any], **more: str) -> None:
        told = {"id": answer["id"], "state": answer["state"], "done": answer["progress"]["done"], "at": time.time()}
        with self.lock:
            self.journal.write(json.dumps({**more, **told}) + "\n")
            self.journal.flush()
