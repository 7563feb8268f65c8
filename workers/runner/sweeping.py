"""What nobody needs any more is let go: files of the artifact store that no row points to, and old requests' keys."""

import logging
import time

from searchsvc.store import artifacts
from searchsvc.store.control import requests
from searchsvc.store.views import stored
from workers.runner.held import Held

SWEEP_SECONDS = 3600.0
ORPHAN_SECONDS = 900.0  # a file this old that no row knows is nobody's

log = logging.getLogger("searchsvc.runner")


class Sweeping:
    def __init__(self, held: Held, store: str, idempotency_hours: float) -> None:
        self.held, self.store, self.idempotency_hours = held, store, idempotency_hours
        self._next = 0.0

    def due(self) -> bool:
        return time.monotonic() >= self._next

    def sweep(self) -> None:
        self._next = time.monotonic() + SWEEP_SECONDS
        over, known = self.held.read(lambda session: (stored.sweepable(session), stored.artifact_paths(session)))
        try:
            for path in artifacts.sweep(self.store, over, known, ORPHAN_SECONDS):
                log.info("artifact %s: removed, no row points to it", path)
        except OSError as error:
            log.warning("the artifact store cannot be swept now: %s", error)
        self.held.patiently(self._forget)

    def delete(self, path: str) -> None:
        """A file that no row points to any more."""
        try:
            artifacts.delete(self.store, path)
        except OSError as error:
            log.warning("artifact %s: left to the sweep: %s", path, error)

    def _forget(self) -> None:
        with self.held.database.write() as session:
            requests.forget(session, 3600 * self.idempotency_hours)
