"""What ``searchsvc up`` does: bring the database to this version's schema, and keep an API and a runner on it."""

import os
import socket
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from searchsvc import whose
from searchsvc.client.connection import bracketed
from searchsvc.service import descriptors, supervise
from searchsvc.service.settings import Settings
from searchsvc.store import migrate
from searchsvc.store.control import runners
from searchsvc.store.db import Database, Unavailable
from spaces.errors import UserError


def up(chosen: Settings, say: supervise.Say) -> None:
    """Return when it is told to stop.

    Raises:
        UserError: the API or the runner did not come up; in one line why.
    """
    try:
        whose.require(*supervise.WORDS)
    except ImportError as error:
        raise UserError(str(error)) from None
    descriptors.raise_limit()
    port = supervise.free_port(chosen.host, chosen.port)
    os.environ["SEARCHSVC_PORT"] = str(port)  # for our children, where 0 was asked for
    migrate.upgrade(chosen.database, say=say)
    database = Database(chosen.database)
    with database.read() as session:
        earlier = runners.boots(session)

    def came_up() -> None:
        database.close()
        say(f"searchsvc on http://{bracketed(chosen.host)}:{port}/ (Ctrl-C ends it)")

    supervise.supervise(partial(_missing, database, earlier, chosen.host, port), came_up, say)


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
