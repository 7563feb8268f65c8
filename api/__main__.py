"""``python -m api``: one API process, until SIGTERM or, when asked to, the end of its standard input."""

import logging
import socket
from functools import partial

import uvicorn
from fastapi import FastAPI

from api import connections
from api.app import create_app
from searchsvc.service import descriptors, logs
from searchsvc.service.parent import stop_with_parent
from searchsvc.service.settings import settings

LAST_REQUESTS_SECONDS = 2  # a client that takes no more would hold up the shutdown
KEEP_ALIVE_SECONDS = 60  # more than a client's (httpx: 5), or it sends a request while the connection is being closed


class Server(uvicorn.Server):
    """Ends the event streams first: they never end by themselves, and uvicorn waits for every request."""

    def __init__(self, app: FastAPI, host: str, port: int, most: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=partial(connections.Connection, most=most),  # type: ignore[arg-type]
                backlog=connections.BACKLOG,
                log_config=None,
                timeout_graceful_shutdown=LAST_REQUESTS_SECONDS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                log_level="warning",
            )
        )
        self.app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.app.state.events.close()
        await super().shutdown(sockets)


def main() -> None:
    logs.configure(logging.WARNING)
    most = connections.most(descriptors.raise_limit())
    chosen = settings()
    server = Server(create_app(chosen), chosen.host, chosen.port, most)
    stop_with_parent(lambda: setattr(server, "should_exit", True))
    server.run()


if __name__ == "__main__":
    main()
