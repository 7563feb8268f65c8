"""Where data sets that must be fetched by hand lie: each in a folder of its own within SEARCHSVC_DATASETS."""

import os
from collections.abc import Sequence
from pathlib import Path

from spaces.errors import UserError

SETTING = "SEARCHSVC_DATASETS"


def folder(task: str, name: str, expected: Sequence[str]) -> Path:
    """The folder `name`, which must hold all files `expected`.

    Raises:
        UserError: naming the folder, the files and the setting.
    """
    path = Path(os.environ.get(SETTING, "datasets")).absolute() / name
    missing = [file for file in expected if not (path / file).exists()]
    if missing:
        raise UserError(
            f"task {task}: {path} has no {', '.join(missing)}; put {', '.join(expected)} there, "
            f"or let {SETTING} name the folder that holds {name}"
        )
    return path
