"""A file that a command writes: whole under its name, or not there."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from shutil import copymode

from spaces.errors import UserError, got

FULL = (ENOSPC, EDQUOT, EFBIG)


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A file beside this one to write to, which takes its name when the block has ended well; else it is gone.

    What cannot be written is refused before the block begins, and so before any work is done for it. What is no file,
    such as /dev/stdout or a pipe, is written to itself.

    Raises:
        UserError: it cannot be written.
    """
    with _explained(file):
        is_special = file.exists() and not file.is_file() and not file.is_dir()
    if is_special:
        yield file
        return
    target = file.resolve()  # a link stays one
    part = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        with _explained(file):
            _begin(part, target)
        with _explained(file, FULL):
            yield part
        with _explained(file):
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _begin(part: Path, target: Path) -> None:
    part.touch(exist_ok=False)
    if target.exists():
        target.open("ab").close()  # not if it is a folder, or may not be written
        copymode(target, part)


@contextmanager
def _explained(file: Path, numbers: tuple[int, ...] = ()) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if numbers and error.errno not in numbers:
            raise
        raise UserError(f"output: cannot write {got(str(file))} ({error.strerror}); choose another file") from None
