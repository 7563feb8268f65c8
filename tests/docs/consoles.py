"""Console lines of the documentation, carried out or checked as far as a test can."""

import re
import shlex
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from sybil import Example

from searchsvc import Client
from searchsvc.cli import main

ROOT = Path(__file__).parents[2]
ID = re.compile(r"\bID\b|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SERVICE = re.compile(r"http://127\.0\.0\.1:8000")
FOR_CONTAINERS = ("docker", "export")  # there are none in a test: tests/deployment checks what they are told


class Console:
    """Carries out commands against a service, in the current folder; ids are that of its newest search."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url, self.monkeypatch = url, monkeypatch

    def evaluate(self, example: Example) -> None:
        for command in commands(example.parsed):
            program, *arguments = shlex.split(SERVICE.sub(self.url, command), comments=True)
            getattr(self, program)(*arguments) if program not in FOR_CONTAINERS else None

    def searchsvc(self, *arguments: str) -> None:
        if arguments[0] == "up":
            return  # so it is
        search = Client(self.url).search(Client(self.url).searches()[0]["id"]).wait()
        told = [ID.sub(search.id, argument) for argument in arguments if argument != "&"]
        self.monkeypatch.setattr(sys, "argv", ["searchsvc", *told])
        try:
            main()
        except SystemExit as end:
            assert not end.code, f"{arguments}: exit status {end.code}"

    def curl(self, *arguments: str) -> None:
        *options, url = arguments
        answer = httpx.post(url, content=options[1], headers=JSON) if options[:1] == ["--json"] else httpx.get(url)
        assert answer.is_success and (not options or len(options) == 2), answer.text

    def make(self, *arguments: str) -> None:
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert {argument for argument in arguments if "=" not in argument} <= set(targets)

    def pip(self, *arguments: str) -> None:
        place, _, extras = arguments[-1].partition("[")
        known = tomllib.loads((ROOT / place / "pyproject.toml").read_text())["project"].get("optional-dependencies", {})
        assert arguments[0] == "install" and set(extras.strip("]").split(",")) - {""} <= known.keys()

    def python(self, option: str, module: str, *arguments: str) -> None:
        places = [place for place in arguments if "/" in place]
        assert option == "-m" and find_spec(module) and all((ROOT / place).exists() for place in places)


JSON = {"Content-Type": "application/json"}


def commands(block: str) -> list[str]:
    """Those behind a prompt; all lines where there is none. A line that ends in a backslash goes on."""
    lines = [line for line in block.replace("\\\n", "").splitlines() if line.strip()]
    prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return prompted or lines
