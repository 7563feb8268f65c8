"""Who may ask: a request names this service as its host, and what changes something comes from no other site's page.

A browser lets a page read what its own site answers. A page whose name is made to lead to this machine after it was
loaded (DNS rebinding) would be such a site; its requests still name it as their host.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem
from searchsvc.service.settings import Settings
from spaces.errors import got

HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[\w.-]+))(?::\d*)?")
SAFE = ("GET", "HEAD", "OPTIONS")


class KnownHost:
    """Refuses what was sent to another name than this service's, whatever the method."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            names = _names(scope["app"].state.settings)
            said = Headers(scope=scope).getlist("host")
            if len(said) != 1 or not is_known(said[0], names):
                detail = (
                    f"Host: got {', '.join(map(got, said)) or 'nothing'}; this service is called localhost, or by a "
                    f"loopback address, {' or '.join(names)}; SEARCHSVC_ALLOWED_HOSTS gives it further names"
                )
                await problem(421, "Misdirected Request", detail)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _names(settings: Settings) -> list[str]:
    given = [settings.host, *settings.allowed_hosts.split(",")]
    return [name.strip().lower() for name in given if name.strip()]


def is_known(host: str, names: Collection[str]) -> bool:
    """Whether a Host header names loopback or one of these; 0.0.0.0 and ::, which listen everywhere, are any address.

    >>> is_known("LOCALHOST:8000", []), is_known("127.8.0.1", []), is_known("[::1]:80", []), is_known("evil.org", [])
    (True, True, True, False)
    >>> is_known("10.0.0.7:8000", ["0.0.0.0"]), is_known("evil.example", ["0.0.0.0"]), is_known("[::2]", ["::2"])
    (True, False, True)
    """
    if not (found := HOST.fullmatch(host.lower())):
        return False
    name = (found["v6"] or found["name"]).removesuffix(".")
    if name == "localhost" or name in names:
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or not {"0.0.0.0", "::"}.isdisjoint(names)


class SameOrigin:
    """Refuses what a browser says another site's page has sent. Clients that are no browsers say nothing of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and _is_foreign(Headers(scope=scope)):
            detail = (
                f"{scope['method']} {got(scope['path'])}: got a request from another site; "
                "send it from this service's pages"
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
