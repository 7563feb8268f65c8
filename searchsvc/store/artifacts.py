"""Where trained weights lie: a local folder or an fsspec URL that runner, API and every worker reach.

A folder is a path, whatever characters it has; only what begins like ``s3://`` is a URL. A file is written under a
temporary name, synced and renamed, so that a name never shows half a file; what cannot be written leaves none.
"""

import hashlib
import os
import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from spaces.errors import NotFoundError, UserError

URL = re.compile(r"[A-Za-z][\w+.-]*(::[\w+.-]+)*://")  # also a chain, such as simplecache::s3://


def is_url(store: str) -> bool:
    """Whether a store is an fsspec URL and no folder.

    >>> is_url("s3://bucket/weights"), is_url("run::2"), is_url("/data/a%20b?")
    (True, False, False)
    """
    return URL.match(store) is not None


def check_url(store: str) -> None:
    """Whether what a store's URL needs is there.

    Raises:
        ValueError: no such protocol, or a package is missing.
    """
    try:
        for protocol in store.partition("://")[0].split("::"):
            fsspec.get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        raise ValueError(f"got {store!r} ({error}); give a folder or the URL of a store that fsspec knows") from None


def _opened(store: str) -> tuple[Any, str]:
    """The file system of a store, and where in it the store begins."""
    if is_url(store):
        found: tuple[Any, str] = fsspec.core.url_to_fs(store)
        return found
    return LocalFileSystem(), str(Path(store).absolute())


class Unavailable(UserError):
    """The store takes nothing, or does not answer: whoever can waits until it does again."""

    status = 503
    title = "Artifact store unavailable"


def write(store: str, path: str, data: bytes) -> dict[str, Any]:
    """Keep `data` as `path` of the store; returns what the database remembers of it.

    Raises:
        Unavailable: the store has no room, is read-only or is not there.
    """
    fs, root = _opened(store)
    target = f"{root}/{path}"
    temporary = f"{target}.{os.getpid()}.tmp"
    with _available(store):
        fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        try:
            with fs.open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                if isinstance(fs, LocalFileSystem):
                    os.fsync(file.fileno())
            fs.mv(temporary, target)
        except BaseException:
            with suppress(OSError):
                fs.rm_file(temporary)
            raise
    return {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


@contextmanager
def _available(store: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split()) or type(error).__name__
        raise Unavailable(f"artifact store: {store} cannot be used now ({reason}); see SEARCHSVC_ARTIFACTS") from error


def delete(store: str, path: str) -> None:
    """Remove a file; one that is gone already is no matter."""
    fs, root = _opened(store)
    with suppress(FileNotFoundError):
        fs.rm_file(f"{root}/{path}")


def sweep(store: str, searches: Collection[str], known: Collection[str], older_than_seconds: float) -> list[str]:
    """Remove files of these searches that the database does not know, but for those that it may not know yet.

    Nothing else in the store is touched: it may be another service's, a restored database's, or somebody's.
    """
    fs, root = _opened(store)
    found = fs.find(root, detail=True) if fs.exists(root) else {}
    limit = time.time() - older_than_seconds
    orphans = []
    for name, info in found.items():
        path = name[len(root) + 1 :]
        if path.partition("/")[0] in searches and path not in known and _modified(info) < limit:
            fs.rm_file(name)
            orphans.append(path)
    return orphans


def _modified(info: dict[str, Any]) -> float:
    moment = info.get("mtime") or info.get("LastModified") or info.get("updated") or 0.0
    return float(moment.timestamp() if hasattr(moment, "timestamp") else moment)


def sizes(store: str) -> dict[str, int]:
    """Every file of the store with its number of bytes."""
    fs, root = _opened(store)
    with _available(store):
        found = fs.find(root, detail=True) if fs.exists(root) else {}
    return {name[len(root) + 1 :]: info["size"] for name, info in found.items()}


def read(store: str, path: str, start: int | None = None, end: int | None = None) -> bytes:
    """A file's content, or its bytes from `start` to before `end`.

    Raises:
        NotFoundError: it is not there, or no longer.
        Unavailable: the store does not answer.
    """
    fs, root = _opened(store)
    with _available(store):
        try:
            data: bytes = fs.cat_file(f"{root}/{path}", start, end)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotFoundError(
                f"artifact: {path} is no longer in the store; was it moved? See SEARCHSVC_ARTIFACTS"
            ) from None
    return data
