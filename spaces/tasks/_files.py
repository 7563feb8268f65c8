"""Where data sets that must be fetched by hand lie: each in a folder of its own within SEARCHSVC_DATASETS."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spaces.environment import variable
from spaces.errors import UserError

SETTING = "SEARCHSVC_DATASETS"


def folder(name: str, files: Sequence[str], folders: Sequence[str] = ()) -> Path:
    """The folder `name`, which must hold these files and folders.

    Raises:
        UserError: naming the folder, what it should hold and the setting.
    """
    path = Path(variable(SETTING, "datasets")).absolute() / name
    missing = [each for each in (*files, *folders) if not os.path.lexists(path / each)]
    if missing:
        raise UserError(
            f"{path} has no {', '.join(missing)} ({_found(path)}); put {', '.join((*files, *folders))} there, "
            f"or let {SETTING} name the folder that holds {name}"
        )
    for each in files:
        if not (path / each).is_file():
            found = "is a folder" if (path / each).is_dir() else "cannot be read as a file"  # a broken link, a pipe
            raise UserError(f"{path / each} {found}; expected is a file")
    for each in folders:
        if not (path / each).is_dir():
            found = "is a file" if (path / each).is_file() else "cannot be read as a folder"
            raise UserError(f"{path / each} {found}; expected is a folder")
    return path


def _found(path: Path, most: int = 5) -> str:
    if not path.is_dir():
        return "which is a file" if path.exists() else "there is no such folder"
    names = [entry.name for entry in visible(path)]
    return f"found: {', '.join(names[:most]) or 'nothing'}{', ...' if len(names) > most else ''}"


def visible(folder: Path) -> list[Path]:
    """What is in a folder, in order; without dot files, which macOS puts beside every file (``._x.JPEG``)."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


@contextmanager
def reading(task: str) -> Iterator[None]:
    """Whatever is wrong with a task's files is one line that begins with its name."""
    try:
        yield
    except UserError as error:
        raise UserError(f"task {task}: {error}") from error
    except OSError as error:
        raise UserError(f"task {task}: cannot read its files: {error}") from error
