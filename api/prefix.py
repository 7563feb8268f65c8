"""Behind a proxy that serves us below a path: `SEARCHSVC_ROOT_PATH`."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Prefix:
    """Tells the application below which path it is, whether or not the proxy has taken that path away.

    Its redirects name no host: only the browser knows by which host and scheme it came.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def relative(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if location := headers.get("location"):
                    headers["location"] = urlsplit(location)._replace(scheme="", netloc="").geturl()
            await send(message)

        root, path = scope["app"].state.settings.root_path, scope["path"]
        whole = path if path == root or path.startswith(f"{root}/") else root + path
        await self.app({**scope, "root_path": root, "path": whole}, receive, relative)


def path_below(request: Request) -> str:
    """The path of a request without that prefix."""
    path: str = request.scope["path"].removeprefix(request.scope["root_path"])
    return path
