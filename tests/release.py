"""``python -m tests.release 0.2.0`` (`make release VERSION=0.2.0`): everything of a release but the commit and the tag.

Sets the version, closes the section of CHANGELOG.md, freezes a database for later upgrades (`tests.data.make`), builds
wheel and source distribution into dist/ and tries them. Nothing is committed, tagged or uploaded.
"""

import datetime
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
VERSION = re.compile(r'(?<=^version = ")[^"]+(?="$)', re.MULTILINE)
UNRELEASED = "## Unreleased\n"


def with_version(project: str, version: str) -> str:
    """pyproject.toml, the only place that has it, with a later version.

    Raises:
        SystemExit: it is none, or no later one.
    """
    (now,) = VERSION.findall(project)
    try:
        is_later = Version(version) > Version(now)
    except InvalidVersion:
        is_later = False
    if not is_later:
        raise SystemExit(f"VERSION: got {version!r}; give one after {now}, such as 1.0.0")
    return VERSION.sub(version, project)


def closed(changelog: str, version: str, date: datetime.date) -> str:
    """CHANGELOG.md whose unreleased section is that of a version.

    Raises:
        SystemExit: nothing is in it.
    """
    before, heading, after = changelog.partition(UNRELEASED)
    if not heading or not after.partition("\n## ")[0].strip():
        raise SystemExit("CHANGELOG.md: its section Unreleased has nothing; write what changed")
    return f"{before}## {version} ({date.isoformat()})\n{after}"


def main(version: str) -> None:
    if run("git", "status", "--porcelain"):
        raise SystemExit("the working tree has changes; commit them first")
    project, changelog = ROOT / "pyproject.toml", ROOT / "CHANGELOG.md"
    texts = with_version(project.read_text(), version), closed(changelog.read_text(), version, datetime.date.today())
    for file, text in zip((project, changelog), texts, strict=True):
        file.write_text(text)
    pip("install", "--no-build-isolation", "-e", ".")  # so that it says its new version
    print(run(PYTHON, "-m", "tests.data.make"), end="")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    run(PYTHON, "-m", "hatchling", "build", "-d", "dist")
    (wheel,), (source,) = (ROOT / "dist").glob("*.whl"), (ROOT / "dist").glob("*.tar.gz")
    run(PYTHON, "-m", "twine", "check", "--strict", wheel, source)
    print(f"{wheel.name}: {tried(wheel)} kernels")
    check_source(source, version)
    print(f"{source.name}\nlook at: git diff\nthen: git add -A && git commit -m {version} && git tag v{version}")


def tried(wheel: Path) -> int:
    """How many kernels there are where nothing but the wheel is found.

    Raises:
        SystemExit: it has none, or cannot be imported.
    """
    with tempfile.TemporaryDirectory() as folder:
        pip("install", "--no-deps", "--target", folder, wheel)
        code = f"import sys; sys.path.insert(0, {folder!r}); import searchsvc; from spaces import compiled; "
        code += "assert searchsvc.__file__.startswith(sys.path[0]); print(len(compiled.LIBRARIES))"
        kernels = int(run(PYTHON, "-P", "-c", code, cwd=folder))
    if not kernels:
        raise SystemExit(f"{wheel.name} has no compiled neurons; build it where there is a C compiler")
    return kernels


def check_source(source: Path, version: str) -> None:
    """
    Raises:
        SystemExit: the source distribution lacks what its tests need.
    """
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {f"tests/data/{version}.db.gz", "CHANGELOG.md", "constraints.txt", "docs/conf.py", "hatch_build.py"}
    if missing := sorted(wanted - names):
        raise SystemExit(f"{source.name} lacks {', '.join(missing)}")


def pip(*arguments: str | Path) -> None:
    run(PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments, "--no-deps")


def run(*command: str | Path, cwd: str | Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("make release VERSION=0.2.0")
    main(sys.argv[1])
