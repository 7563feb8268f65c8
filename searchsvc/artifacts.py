"""Where trained weights lie: a local folder or an fsspec URL that runner, API and every worker reach.

A file is written under a temporary name, synced and renamed, so that a name never shows half a file.
"""

import hashlib
import os
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import fsspec

from spaces.errors import NotFoundError


def write(store: str, path: str, data: bytes) -> dict[str, Any]:
    """Keep `data` as `path` of the store; returns what the database remembers of it."""
    fs, root = fsspec.core.url_to_fs(store)
    target = f"{root}/{path}"
    fs.makedirs(target.rpartition("/")[0], exist_ok=True)
    temporary = f"{target}.{os.getpid()}.tmp"
    with fs.open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        if isinstance(fs, fsspec.implementations.local.LocalFileSystem):
            os.fsync(file.fileno())
    fs.mv(temporary, target)
    return {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def delete(store: str, path: str) -> None:
    """Remove a file; one that is gone already is no matter."""
    fs, root = fsspec.core.url_to_fs(store)
    with suppress(FileNotFoundError):
        fs.rm_file(f"{root}/{path}")


def sweep(store: str, searches: Collection[str], known: Collection[str], older_than_seconds: float) -> list[str]:
    """Remove files of these searches that the database does not know, but for those that it may not know yet.

    Nothing else in the store is touched: it may be another service's, a restored database's, or somebody's.
    """
    fs, root = fsspec.core.url_to_fs(store)
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


def read(store: str, path: str) -> bytes:
    """A file's content.

    Raises:
        NotFoundError: it is not there, or no longer.
    """
    fs, root = fsspec.core.url_to_fs(store)
    try:
        data: bytes = fs.cat_file(f"{root}/{path}")
    except FileNotFoundError:
        raise NotFoundError(
            f"artifact: {path} is no longer in the store; was it moved? See SEARCHSVC_ARTIFACTS"
        ) from None
    return data
