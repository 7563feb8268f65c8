"""Commands on a terminal of any width: a pseudo-terminal."""

import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence

BETWEEN = "\x1e"
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CHILD = f"""
import json, sys
from searchsvc.cli import commands
for arguments in json.loads(sys.argv[1]):
    commands.app(arguments, standalone_mode=False)
    print({BETWEEN!r}, end="", flush=True)
"""


def on_terminal(width: int, commands: Sequence[Sequence[str]], height: int = 60) -> list[str]:
    """What each of these commands prints, without colours."""
    mine, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(commands)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm-256color"},
    )
    os.close(theirs)
    said = _read(mine)
    assert child.wait() == 0, said
    *found, rest = CODES.sub("", said).replace("\r\n", "\n").split(BETWEEN)
    assert not rest.strip() and len(found) == len(commands), said
    return found


def _read(terminal: int) -> str:
    """Everything to the end, at which Linux raises EIO."""
    found = b""
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(65536)
            except OSError:
                break
            if not part:
                break
            found += part
    return found.decode()
