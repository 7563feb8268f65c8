"""What the documentation shows runs: Python as it stands, in the order of each document, and console lines.

Against a real service, whose trials train nothing; trials of this process do not either, unless they take no time.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from searchsvc import Client
from tests.docs.consoles import ROOT, Console, commands
from tests.e2e.service import Service
from tests.specs import TINY

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "examples/plugin/README.md"]
DOCUMENTS += sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("service"), SEARCHSVC_EXECUTOR="scripted") as running:
        Client(running.url).submit(TINY).wait()
        yield running


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_holds(
    document: str, service: Service, scripted: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SEARCHSVC_URL", service.url)
    console = Console(service.url, monkeypatch)
    parsers = [PythonCodeBlockParser(), CodeBlockParser("console", console.evaluate)]
    for example in Sybil(parsers).parse(ROOT / document):
        example.evaluate()


def test_commands_are_told_from_what_they_print() -> None:
    assert commands("$ searchsvc ls\nsomething\n$ make test\n") == ["searchsvc ls", "make test"]
    assert commands("make test  # all\n\ndocker run \\\n  x\n") == ["make test  # all", "docker run   x"]


@pytest.mark.parametrize("line", ["make tset", "pip install '.[sever]'", "searchsvc raed", "python -m tests.smae x"])
def test_a_line_that_nobody_could_carry_out_is_found(
    line: str, service: Service, scripted: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```console\n$ {line}\n```\n")
    (example,) = Sybil([CodeBlockParser("console", Console(service.url, monkeypatch).evaluate)]).parse(page)
    with pytest.raises((AssertionError, SystemExit)):
        example.evaluate()
