import datetime
import io
import tarfile
from pathlib import Path

import pytest

from tests import release

PROJECT = '[project]\nname = "searchsvc"\nversion = "0.1.0"\n[tool.mypy]\npython_version = "3.11"\n'
TODAY = datetime.date(2026, 12, 1)


def test_a_version_is_set_where_it_stands_and_only_there() -> None:
    assert release.with_version(PROJECT, "0.2.0") == PROJECT.replace("0.1.0", "0.2.0")


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "next", ""])
def test_a_version_that_is_no_later_one_is_refused(version: str) -> None:
    with pytest.raises(SystemExit, match=rf"got '{version}'; give one after 0\.1\.0"):
        release.with_version(PROJECT, version)


def test_the_package_says_its_version_in_one_place() -> None:
    text = (release.ROOT / "pyproject.toml").read_text()
    assert len(release.VERSION.findall(text)) == 1


def test_what_is_unreleased_becomes_the_versions() -> None:
    before = "# Changelog\n\n## Unreleased\n\n- A thing.\n\n## 0.1.0\n\n- First.\n"
    after = before.replace("## Unreleased", "## 0.2.0 (2026-12-01)")
    assert release.closed(before, "0.2.0", TODAY) == after
    with pytest.raises(SystemExit, match="write what changed"):
        release.closed(after, "0.3.0", TODAY)
    with pytest.raises(SystemExit, match="write what changed"):
        release.closed("# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- First.\n", "0.2.0", TODAY)


def test_a_source_distribution_without_its_frozen_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "searchsvc-0.2.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        for name in ("CHANGELOG.md", "constraints.txt", "docs/conf.py", "hatch_build.py", "tests/data/0.1.0.db.gz"):
            archive.addfile(tarfile.TarInfo(f"searchsvc-0.2.0/{name}"), io.BytesIO())
    with pytest.raises(SystemExit, match=r"lacks tests/data/0\.2\.0\.db\.gz"):
        release.check_source(file, "0.2.0")
