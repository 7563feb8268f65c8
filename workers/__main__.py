"""``python -P -m workers``: one runner, until SIGTERM or, when supervised, the end of its supervisor."""

import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from searchsvc.service import descriptors, logs, webhooks
from searchsvc.service.parent import stop_with_parent
from searchsvc.service.settings import Settings, settings
from searchsvc.store.db import Database, Unavailable
from spaces.errors import UserError
from workers.executors.protocol import Executor, ExecutorLost
from workers.runner.held import DATABASE_PAUSE
from workers.runner.loop import Runner
from workers.runner.presence import Presence

if TYPE_CHECKING:
    from workers.executors.pool import Pool

CANNOT_START = 2
EXECUTOR_LOST = 3
LAST_WORDS_SECONDS = 5.0
NO_EXECUTOR = "nothing can run trials any more (did Ray's head die?); a new runner starts another"

log = logging.getLogger("searchsvc.runner")


def main() -> None:
    os.environ["PYTHONSAFEPATH"] = "1"  # no process that we start imports anything from the current folder
    logs.configure()
    descriptors.raise_limit()
    try:
        chosen = settings()
        database = Database(chosen.database)
        presence = _begin(database)
        executor = _executor(chosen, presence)
    except UserError as error:
        log.error("%s", error)
        sys.exit(CANNOT_START)
    runner = Runner(
        database,
        executor,
        chosen.lease_seconds,
        chosen.artifact_store,
        heartbeat=chosen.heartbeat,
        idempotency_hours=chosen.idempotency_hours,
        presence=presence,
    )
    # After ray.init, which sets handlers of its own.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop.set())
    stop_with_parent(runner.stop.set)
    if chosen.webhook_secret:
        webhooks.Deliverer(database, chosen).start(runner.stop)
    threading.Thread(target=_end_with_executor, args=(executor,), daemon=True).start()
    try:
        runner.run()
        with suppress(Unavailable):
            presence.end()
    except ExecutorLost:
        log.error(NO_EXECUTOR)
        with suppress(Unavailable):
            presence.lose(NO_EXECUTOR)
        os._exit(EXECUTOR_LOST)  # closing would wait a minute for a head that is gone
    finally:
        database.close()
        executor.close()


def _begin(database: Database) -> Presence:
    """Say that a runner starts, as soon as the database answers."""
    presence = Presence(database)
    while True:
        try:
            presence.begin()
            return presence
        except Unavailable as error:
            log.warning("%s; trying again", error)
            time.sleep(DATABASE_PAUSE)


def _executor(chosen: Settings, presence: Presence) -> Executor:
    """What runs trials; where it cannot start, the runner's row says why.

    Raises:
        UserError: it cannot.
    """
    try:
        executor = make_executor(chosen)
    except Exception as error:  # whatever Ray raises
        reason = f"{chosen.executor} cannot start: {' '.join(str(error).split()) or type(error).__name__}"
        with suppress(Unavailable):
            presence.lose(reason)
        raise UserError(reason) from error
    with suppress(Unavailable):  # the loop's beats say it again
        presence.ready(executor.known_memory(), executor.note)
    return executor


def _end_with_executor(executor: Executor) -> None:
    """A call into a Ray that has lost its head can block for a minute: then the leases end by themselves."""
    while executor.healthy():
        time.sleep(1.0)
    time.sleep(LAST_WORDS_SECONDS)
    os._exit(EXECUTOR_LOST)


def make_executor(chosen: Settings) -> "Pool":
    if chosen.executor == "scripted":
        from workers.executors.scripted import ScriptedExecutor

        return ScriptedExecutor(chosen.artifact_store, chosen.cpus, seconds=chosen.scripted_seconds)
    if chosen.executor == "process":
        from workers.executors.process import ProcessExecutor

        return ProcessExecutor(chosen.artifact_store, chosen.cpus)
    from workers.executors.on_ray import RayExecutor

    return RayExecutor(chosen.ray_address, chosen.artifact_store, chosen.cpus)


if __name__ == "__main__":
    main()
