"""Connections: as many as there are descriptors for, and each says in time what it wants.

More are refused by a 503 before they cost anything; without that a process out of descriptors answers nobody.
"""

import asyncio
from typing import Any

import h11
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.problems import problem

REQUEST_SECONDS = 30.0  # for a request, head and body, to arrive
MOST = 4096
BACKLOG = 64  # connections that the system holds until they are taken; all may be taken at once
RESERVED = 128 + BACKLOG  # descriptors for the database, files, and connections that are being refused
LEAST = 16


def most(descriptors: int) -> int:
    """How many connections a process with so many descriptors may have.

    >>> most(256), most(65_536), most(100)
    (64, 4096, 16)
    """
    return max(LEAST, min(MOST, descriptors - RESERVED))


class Connection(H11Protocol):
    def __init__(self, *arguments: Any, most: int, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.most = most
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            detail = f"got more than {self.most} connections at once; close some, or try again later"
            self._refuse(problem(503, "Too many connections", detail))
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """The time runs while a request is on its way, from its first byte or that of the connection."""
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._arrived()
        elif self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _arrived(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        has_begun = self.conn.trailing_data[0] or self.conn.their_state is h11.SEND_BODY
        if has_begun and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            detail = f"got no whole request within {REQUEST_SECONDS:g} s; send it at once"
            self._refuse(problem(408, "Request Timeout", detail))
        else:
            self.transport.close()

    def _refuse(self, answer: Response) -> None:
        """Answer, whatever comes, and close."""
        answer.headers["Connection"] = "close"
        lines = [b"%s: %s" % header for header in answer.raw_headers]
        status = f"HTTP/1.1 {answer.status_code} Refused".encode()
        self.transport.write(b"\r\n".join([status, *lines, b"", bytes(answer.body)]))
        self.transport.close()
