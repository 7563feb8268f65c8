"""A copy of the service's source, with or without a change: chaos runs on one that nobody edits meanwhile, mutants on
one with a protection removed, and the WAL journal on one that believes this SQLite to be new enough for it.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("spaces", "searchsvc", "workers", "api", "migrations")


@dataclass(frozen=True)
class Change:
    file: str
    before: str
    after: str

    def apply(self, root: Path) -> None:
        """Change the text, which must be there exactly once: a change of nothing would prove nothing."""
        path = root / self.file
        text = path.read_text()
        assert text.count(self.before) == 1, f"{self.file}: {text.count(self.before)} times {self.before!r}"
        path.write_text(text.replace(self.before, self.after))


WAL = Change("searchsvc/store/db.py", "WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3)", "WAL_IS_SAFE = True")


def make(folder: Path, *changes: Change) -> Path:
    """A copy of the packages in `folder`, changed; the tests are linked, so that its scenarios run on it."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").symlink_to(ROOT / "tests")
    for change in changes:
        change.apply(folder)
    return folder


def environment(source: Path, **variables: str) -> dict[str, str]:
    """That of a process which imports the service from `source`, whatever is installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEARCHSVC_")}
    return {**kept, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", **variables}
