"""Requests that change something must not come from other sites' pages, whose users a browser does not ask."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem

SAFE = ("GET", "HEAD", "OPTIONS")


class SameOrigin:
    """Refuses what a browser says another site's page has sent. Clients that are no browsers say nothing of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and _is_foreign(Headers(scope=scope)):
            detail = (
                f"{scope['method']} {scope['path']}: got a request from another site; send it from this service's pages"
            )
            await problem(403, "Forbidden", detail)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_foreign(headers: Headers) -> bool:
    """By what browsers alone say, some only by `Origin`; behind a proxy the scheme may differ, so hosts are compared.

    >>> _is_foreign(Headers({"host": "here:8000", "origin": "http://here:8000"}))
    False
    >>> _is_foreign(Headers({"host": "here:8000", "origin": "https://evil.example"}))
    True
    """
    if site := headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
