"""``python -m workers``: one runner, until SIGTERM or, when supervised, the end of its supervisor."""

import logging
import os
import signal
import threading
import time

from searchsvc.db import Database
from searchsvc.parent import stop_with_parent
from searchsvc.settings import Settings, settings
from workers.executor import Executor, ExecutorLost
from workers.runner import Runner

EXECUTOR_LOST = 3
LAST_WORDS_SECONDS = 5.0

log = logging.getLogger("searchsvc.runner")


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    chosen = settings()
    executor = make_executor(chosen)
    database = Database(chosen.database)
    runner = Runner(
        database,
        executor,
        chosen.lease_seconds,
        chosen.artifact_store,
        heartbeat=chosen.heartbeat,
        idempotency_hours=chosen.idempotency_hours,
    )
    # After ray.init, which sets handlers of its own.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop.set())
    stop_with_parent(runner.stop.set)
    threading.Thread(target=_end_with_executor, args=(executor,), daemon=True).start()
    try:
        runner.run()
    except ExecutorLost:
        log.error("nothing can run trials any more (did Ray's head die?); a new runner starts another")
        os._exit(EXECUTOR_LOST)  # closing would wait a minute for a head that is gone
    finally:
        database.close()
        executor.close()


def _end_with_executor(executor: Executor) -> None:
    """A call into a Ray that has lost its head can block for a minute: then the leases end by themselves."""
    while executor.healthy():
        time.sleep(1.0)
    time.sleep(LAST_WORDS_SECONDS)
    os._exit(EXECUTOR_LOST)


def make_executor(chosen: Settings) -> Executor:
    if chosen.executor == "process":
        from workers.process_executor import ProcessExecutor

        return ProcessExecutor(chosen.artifact_store, chosen.cpus)
    from workers.ray_executor import RayExecutor

    return RayExecutor(chosen.ray_address, chosen.artifact_store, chosen.cpus)


if __name__ == "__main__":
    main()
