"""What a test session starts ends with it, however it ends.

A session has a folder for its temporary files and for those of all processes that it starts, which carry its mark among
their variables. A keeper waits beside the session until that is gone, ends what is left of them and removes the folder.
Where the keeper was killed too, the next session does it: a folder is locked as long as its session or keeper lives.
A worker of xdist shares its controller's folder, and has a mark and a keeper of its own.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

PREFIX = "t-"  # short: sockets lie in the folder
LOCK = "searchsvc-tests.lock"
MARKS = "SESSIONS_OF_TESTS"  # within each other
LOOK_SECONDS = 0.2
YOUNG_SECONDS = 60.0  # a folder that is not locked yet
_KEEPERS: list["subprocess.Popen[bytes]"] = []  # or Python would warn of one that goes on
PATIENCE_SECONDS = {0: 1.0, signal.SIGTERM: 12.0, signal.SIGINT: 5.0, signal.SIGKILL: 5.0}  # some end by themselves


def begin(worker: str = "") -> None:
    """To be called once, before anything makes a temporary file; by a `worker` of xdist with its name."""
    folder, locks = Path(tempfile.gettempdir()), []
    if not (worker and (folder / LOCK).exists()):
        folder, worker = Path(tempfile.mkdtemp(prefix=PREFIX)), ""
        locks = [lock for lock in [_lock(folder)] if lock]
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    unmarked = {name: value for name, value in os.environ.items() if name != MARKS}
    os.environ[MARKS] = os.pathsep.join([*_marks(os.environ), str(folder / worker)])
    keeper = subprocess.Popen(
        [sys.executable, "-I", __file__, str(folder), worker, str(os.getpid())],
        env=unmarked,
        pass_fds=locks,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # the keyboard's interrupt is not for the keeper
    )
    _KEEPERS.append(keeper)


def keep(folder: Path, worker: str, session: int) -> None:
    """Clean up after sessions that nobody has cleaned up after; wait until this one is gone, and clean up after it."""
    for other in folder.parent.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it has just gone, or is somebody else's
            if time.time() - other.stat().st_mtime > YOUNG_SECONDS and (other / LOCK).exists() and _lock(other):
                end(str(other))
                remove(other)
    while os.getppid() == session:
        time.sleep(LOOK_SECONDS)
    end(str(folder / worker))
    if not worker:
        remove(folder)


def end(mark: str) -> None:
    """End the processes that carry the mark, politely at first: some have more to remove."""
    left: set[psutil.Process] = set()
    for number, seconds in PATIENCE_SECONDS.items():
        left |= _family(mark)
        for process in left:
            with suppress(psutil.Error):
                process.send_signal(number)
        deadline = time.monotonic() + seconds
        while (left := set(filter(_lives, left))) and time.monotonic() < deadline:
            time.sleep(0.05)


def remove(folder: Path) -> None:
    """With what is mounted in it."""
    for disk in psutil.disk_partitions(all=True):
        if Path(disk.mountpoint).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", disk.mountpoint])
    shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> int | None:
    """The descriptor that holds it, unless another process does."""
    descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _marks(variables: Mapping[str, str]) -> list[str]:
    return list(filter(None, variables.get(MARKS, "").split(os.pathsep)))


def _family(mark: str) -> set[psutil.Process]:
    """Those that carry the mark, and their children, of which some overwrite what they were started with."""
    found: set[psutil.Process] = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if mark in _marks(process.environ()):
                found |= {process, *process.children(recursive=True)}
    return found


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    keep(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
