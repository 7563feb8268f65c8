"""Where a search that is waited for is seen: in a notebook's output, as a bar on a terminal, or nowhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from searchsvc.client.standing import Standing


class Display(Protocol):
    rows: int  # of the leaderboard that it shows

    def show(self, standing: Standing) -> None: ...


class Nowhere:
    rows = 0

    def show(self, standing: Standing) -> None:
        pass


class Notebook:
    """An output that each look at the search replaces."""

    rows = 12
    handle: Any = None

    def show(self, standing: Standing) -> None:
        from IPython.display import display

        if self.handle:
            self.handle.update(standing)
        else:
            self.handle = display(standing, display_id=True)


class Bar:
    """On standard error, as what a script prints may go elsewhere."""

    rows = 0

    def __init__(self, progress: Any) -> None:
        self.progress, self.task = progress, progress.add_task("", total=None)

    def show(self, standing: Standing) -> None:
        total = standing.status["progress"]["total"]
        self.progress.update(self.task, description=standing.words, total=total, completed=standing.ended, refresh=True)


@contextmanager
def shown(progress: bool | None) -> Iterator[Display]:
    """`progress` says whether; None: where a person looks, which is a notebook or a terminal."""
    if progress is not False and is_notebook():
        yield Notebook()
    elif progress or (progress is None and sys.stderr.isatty()):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (BarColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bar:
            yield Bar(bar)
    else:
        yield Nowhere()


def is_notebook() -> bool:
    """Whether this is a kernel, whose outputs can be replaced; a terminal's IPython is none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None
