"""What ``searchsvc up`` does: bring the database to this version's schema, and keep an API and a runner on it."""

import os
import socket
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import psutil

from searchsvc import extras, whose
from searchsvc.client.connection import bracketed
from searchsvc.service import descriptors, supervise
from searchsvc.service.settings import DEFAULT_PORT, Settings
from searchsvc.store import migrate
from searchsvc.store.control import runners
from searchsvc.store.db import Database, Unavailable
from spaces.errors import UserError


def up(chosen: Settings, say: supervise.Say) -> None:
    """Return when it is told to stop.

    Raises:
        UserError: something is not installed; or the API or the runner did not come up; in one line why.
    """
    try:
        whose.require(*supervise.WORDS)
    except ImportError as error:
        raise UserError(str(error)) from None
    extras.require("uvicorn", "torch", *(["ray"] if chosen.executor == "ray" else []))
    descriptors.raise_limit()
    port = supervise.free_port(chosen.host, chosen.port)
    os.environ |= {"SEARCHSVC_PORT": str(port), "SEARCHSVC_DATA": str(chosen.data)}  # for our children
    migrate.upgrade(chosen.database, say=say)
    database = Database(chosen.database)
    with database.read() as session:
        earlier = runners.boots(session)
        sharing = [runner for runner in runners.seen(session) if _works(runner)]
    say(f"data in {chosen.places}")
    for runner in sharing:
        say(f"another service has the same data (process {runner.pid} on {runner.host}): they share their searches")

    def came_up() -> None:
        database.close()
        url = f"http://{bracketed(chosen.host)}:{port}"
        if port != DEFAULT_PORT:
            say(f"commands and clients find it by: export SEARCHSVC_URL={url}")
        say(f"searchsvc on {url}/ (Ctrl-C ends it)")

    supervise.supervise(partial(_missing, database, earlier, chosen.host, port), came_up, say)


def _works(runner: runners.Seen) -> bool:
    """Whether a runner is there, and not only its row for a while yet."""
    return runner.lives and (runner.host != socket.gethostname() or psutil.pid_exists(runner.pid))


def _missing(database: Database, earlier: Sequence[UUID], host: str, port: int, module: str, pid: int) -> str | None:
    """What a child lacks to be up."""
    if module == "api":
        return None if supervise.listens(host, port) else f"nothing listens on {bracketed(host)}:{port}"
    try:
        with database.read() as session:
            row = runners.of_process(session, socket.gethostname(), pid, besides=earlier)
    except Unavailable as error:
        return str(error)
    if row is None:
        return "it has not said anything yet"
    return None if row.state == "ready" else row.reason or f"it is {row.state}"
