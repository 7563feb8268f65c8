"""What a base installation says of what it lacks: modules of extras are hidden in a process of its own."""

import json
import re
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec

import pytest
import typer

from searchsvc import extras
from searchsvc.cli import commands

MODULES = {distribution: module for module, distribution in extras.OTHER_NAMES.items()}
HIDE = """
import contextlib, io, json, sys
hidden, work = json.loads(sys.argv[1])
class Hider:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hider())
"""
COMMANDS = """
from searchsvc.cli import main
said = []
for command in work:
    sys.argv, errors, status = ["searchsvc", *command], io.StringIO(), 0
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as end:
            status = end.code
    said.append([status, errors.getvalue()])
print(json.dumps(said))
"""
CODE = """
said = []
for line in work:
    try:
        exec(line)
        said.append(None)
    except ImportError as error:
        said.append(str(error))
print(json.dumps(said))
"""


def modules(extra: str) -> list[str]:
    wanted = [requirement for requirement in metadata.requires("searchsvc") if requirement.endswith(f"'{extra}'")]
    names = [re.match(r"[\w.-]+", requirement)[0] for requirement in wanted]
    return [MODULES.get(name, name.replace("-", "_")) for name in names]


def without(hidden: list[str], code: str, work: list[object]) -> list:
    done = subprocess.run(
        [sys.executable, "-c", HIDE + code, json.dumps([hidden, work])], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def every_command() -> list[list[str]]:
    group = typer.main.get_command(commands.app)
    return [[name] for name in group.commands if name != "db"] + [
        ["db", name] for name in group.commands["db"].commands
    ]


def sentence(module: str, extra: str = "server") -> str:
    return f"this needs {module}, which is not installed; run: pip install 'searchsvc[{extra}]'"


def test_every_module_of_an_extra_is_known_by_its_name() -> None:
    for extra in extras.EXTRAS:
        for module in modules(extra):
            assert find_spec(module), module
            with pytest.raises(extras.NotInstalled, match=re.escape(f"pip install 'searchsvc[{extra}]'")):
                raise_for(module)


def raise_for(module: str) -> None:
    with extras.explained():
        raise ModuleNotFoundError(f"No module named '{module}.x'", name=f"{module}.x")


def test_other_modules_are_not_blamed_on_an_extra() -> None:
    for module in ("pytest", "a_plugins_own", ""):
        with pytest.raises(ModuleNotFoundError):
            raise_for(module)
    with pytest.raises(extras.NotInstalled, match=r"run: pip install searchsvc$"):
        raise_for("torch")


def test_every_command_of_a_base_installation_says_what_to_install() -> None:
    every = [[], *every_command()]
    assert len(every) > 20
    assert without(modules("server"), COMMANDS, every) == [[2, f"error: {sentence('typer')}\n"]] * len(every)


def test_so_does_each_command_where_only_the_command_line_is_installed() -> None:
    every = ["up", "archive", "audit ID", "db upgrade", "db backup", "db restore FILE", "db check"]
    there = {"typer", "rich", "shellingham", "yaml"}
    hidden = [module for module in modules("server") if module not in there]
    for command, (status, said) in zip(every, without(hidden, COMMANDS, [c.split() for c in every]), strict=True):
        missing = re.search(r"this needs (\w+),", said)
        assert missing and missing[1] in hidden, command
        assert (status, said) == (2, f"error: {sentence(missing[1])}\n"), command


def test_so_do_the_client_and_searches_without_a_service() -> None:
    tables = "from searchsvc.client.answers import Trials; Trials().to_pandas()"
    pictures = "from searchsvc.client import Client; Client().search('x').plot('pareto')"
    found = without(modules("server"), CODE, ["import searchsvc", tables, pictures, "import searchsvc.local"])
    assert found == [None, sentence("pandas"), sentence("plotly"), sentence("plotly")]
