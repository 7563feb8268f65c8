"""``python -m api``: one API process, until SIGTERM or, when asked to, the end of its standard input."""

import uvicorn

from api.app import create_app
from searchsvc.parent import stop_with_parent
from searchsvc.settings import settings

STREAMS_CLOSE_SECONDS = 2  # open event streams would otherwise hold up the shutdown


def main() -> None:
    chosen = settings()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(chosen),
            host=chosen.host,
            port=chosen.port,
            timeout_graceful_shutdown=STREAMS_CLOSE_SECONDS,
            log_level="warning",
        )
    )
    stop_with_parent(lambda: setattr(server, "should_exit", True))
    server.run()


if __name__ == "__main__":
    main()
