"""A stored file as an answer: its name, its digest as ETag, and all of it or what `Range` asks for (RFC 9110)."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import BaseModel

from api.problems import problem

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")  # one; several, or other units, get the whole
MEDIA_TYPE = "application/octet-stream"
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}},
    206: {"content": {MEDIA_TYPE: {}}, "description": "The part that Range asks for"},
    304: {"description": "It is what If-None-Match names"},
}


class _Asked(BaseModel):
    """What a client wants of a file."""

    range: str | None = None
    if_range: str | None = None
    if_none_match: str | None = None


Asked = Annotated[_Asked, Header()]


def answer(asked: _Asked, name: str, size: int, digest: str, read: Callable[[int, int], bytes]) -> Response:
    """Of a file of so many bytes; `read` gives those from one to before another."""
    etag = f'"{digest}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Content-Disposition": f'attachment; filename="{name}"'}
    if etag in re.findall(r'"[^"]*"', asked.if_none_match or ""):
        return Response(status_code=304, headers=headers)
    found = _part(asked.range or "", size) if asked.if_range in (None, etag) else None
    if found is None:
        return Response(read(0, size), headers=headers, media_type=MEDIA_TYPE)
    start, end = found
    if start >= end:
        refused = problem(416, "Range Not Satisfiable", f"Range: got {asked.range}; the file has {size} bytes")
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(read(start, end), 206, headers, MEDIA_TYPE)


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """From where to before where, in a file of this size; None for all of it.

    >>> _part("bytes=0-9", 100), _part("bytes=90-", 100), _part("bytes=-5", 100), _part("bytes=5-999", 100)
    ((0, 10), (90, 100), (95, 100), (5, 100))
    >>> _part("bytes=9-3", 100), _part("lines=1-2", 100), _part("bytes=0-1,5-6", 100), _part("bytes=-", 100)
    (None, None, None, None)
    """
    if not (found := RANGE.fullmatch(asked.strip().replace(" ", ""))) or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size
