"""Logs of the service's processes: a line that comes again within a minute is counted instead of written.

>>> log = logging.getLogger("example")
>>> handler = Counting(sys.stdout)
>>> handler.again = 0.2
>>> log.addHandler(handler)
>>> for _ in range(3):
...     log.warning("no room")
no room
>>> time.sleep(0.3)
>>> log.warning("room again")
no room (2 times more within 0.2 s)
room again
"""

import logging
import sys
import time
from dataclasses import dataclass
from typing import TextIO

AGAIN_SECONDS = 60.0
MOST_LINES = 1000  # that are remembered


@dataclass
class _Line:
    record: logging.LogRecord
    said: str
    since: float
    more: int = 0


class Counting(logging.StreamHandler[TextIO]):
    """Writes a line, and when its minute is over how often it came again; that goes out with whatever is next."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self.again = AGAIN_SECONDS
        self._lines: dict[tuple[str, int, str], _Line] = {}  # oldest first

    def emit(self, record: logging.LogRecord) -> None:
        said, moment = record.getMessage(), time.monotonic()
        self._tell(moment - self.again)
        key = record.name, record.levelno, said
        if line := self._lines.get(key):
            line.more += 1
            return
        self._lines[key] = _Line(record, said, moment)
        super().emit(record)

    def close(self) -> None:
        self._tell(time.monotonic())
        super().close()

    def _tell(self, before: float) -> None:
        """Write what was counted of lines from before then, and of the oldest where there are too many."""
        for key, line in list(self._lines.items()):
            if line.since > before and len(self._lines) <= MOST_LINES:
                return
            del self._lines[key]
            if line.more:
                text = f"{line.said} ({line.more} times more within {self.again:g} s)"
                record = line.record
                super().emit(logging.LogRecord(record.name, record.levelno, "", 0, text, None, None))


def configure(level: int = logging.INFO) -> None:
    """What this process logs goes to its standard error."""
    logging.basicConfig(
        level=level,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
        handlers=[Counting(sys.stderr)],
    )
