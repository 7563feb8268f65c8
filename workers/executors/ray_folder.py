"""A folder for a Ray of our own, short enough for its sockets.

A socket's path has at most 107 bytes on Linux, 103 on macOS, and Ray's own part of it is long; temporary folders of
batch systems and of macOS are too. So candidates are tried, with a socket, until one holds it. `RAY_TMPDIR` alone is
tried where it is set.
"""

import os
import re
import shutil
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from spaces.environment import variable
from spaces.errors import UserError

PREFIX = "searchsvc-"
SOCKET = "session_2026-11-30_12-00-00_000000_4194304/sockets/plasma_store"  # Ray's part of the longest path
PLAIN = re.compile(r"[\w./+-]+", re.ASCII)  # Ray starts workers by lines of a shell


def make() -> str:
    """A new folder; those of runners that were killed go.

    Raises:
        UserError: no candidate can hold Ray's sockets; what was tried, and why it did not do.
    """
    reasons = []
    for candidate in _candidates():
        _clean(candidate)
        try:
            return _try(candidate)
        except OSError as error:
            reasons.append(f"{candidate} ({error.strerror or error})")
    raise UserError(
        f"no folder for Ray's sockets: tried {', '.join(reasons)}; "
        "let RAY_TMPDIR name a folder of ours with a short path, of letters, digits and any of . / _ + -"
    )


def _candidates() -> list[Path]:
    if chosen := variable("RAY_TMPDIR"):
        return [Path(chosen).absolute()]
    places = [tempfile.gettempdir(), "/tmp", "/var/tmp", variable("XDG_RUNTIME_DIR"), "/dev/shm", str(Path.home())]
    return list(dict.fromkeys(Path(place).absolute() for place in places if place))


def _try(candidate: Path) -> str:
    if not PLAIN.fullmatch(str(candidate)):
        raise OSError("its name has characters that Ray cannot take")
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=candidate)
    try:
        _bind(Path(folder) / SOCKET.replace("/", "-"))
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(str(path))
    path.unlink()


def _clean(candidate: Path) -> None:
    with suppress(OSError):
        for folder in candidate.glob(f"{PREFIX}*"):
            owner = folder.name.removeprefix(PREFIX).partition("-")[0]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)
