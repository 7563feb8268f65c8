"""Methods: HEAD is answered wherever GET is, and a 405 names all that the address has."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """Answers HEAD as GET without its body. Nothing of a body is waited for, since an event stream's has no end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        is_sent = False

        async def only_head(message: Message) -> None:
            nonlocal is_sent
            if message["type"] == "http.response.body":
                if not is_sent:  # whoever makes the body hears from the server that its reader has left
                    is_sent = True
                    await send({"type": "http.response.body", "body": b""})
                return
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, only_head)


def allowed(routes: Iterable[BaseRoute], scope: Scope) -> set[str]:
    """The methods of all routes that have the address of this request."""
    found = [route for route in routes if route.matches(scope)[0] is not Match.NONE]
    methods = {method for route in found for method in getattr(route, "methods", None) or ()}
    return methods | {"HEAD"} if "GET" in methods else methods
