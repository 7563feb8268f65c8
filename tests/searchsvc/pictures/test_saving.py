"""Pictures as files, and the command that saves them, without a service."""

import json
import re
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from typer.testing import CliRunner

from searchsvc import pictures
from searchsvc.cli import commands as cli
from searchsvc.cli import searches
from searchsvc.client import Client
from searchsvc.pictures import _saving
from searchsvc.pictures.pareto import Values
from searchsvc.pictures.pareto import figure as pareto
from spaces.errors import UserError
from tests.searchsvc.client.test_client import server

HOSTILE = "</script><script>alert(1)</script>"
OFFERS = [{"kind": "pareto", "title": "Pareto front", "of": ["energy", "sops"]}]


def figure(label: str = "a") -> go.Figure:
    points = [pictures.Complete(label, 3e-9, 0.9, 0.0), pictures.Complete("other", 2e-9, 0.8, 0.0)]
    return pareto(Values(points, "energy"))


def test_a_page_needs_no_network_and_executes_no_label(tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    pictures.save(figure(HOSTILE), pictures.check(path))
    page = path.read_text()
    assert HOSTILE not in page and "\\u003c/script\\u003e" in page.replace("\\u002f", "/").replace("\\/", "/")
    assert len(page) > 1_000_000 and not re.search(r"<(script|link)[^>]*(src|href)=", page)


def test_json_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    pictures.save(figure(), pictures.check(path))
    assert go.Figure(json.loads(path.read_text())) == figure()


def test_other_files_are_refused() -> None:
    with pytest.raises(UserError, match=r"got 'x.gif'; its name must end in one of .html, .json, .svg, .png"):
        pictures.check(Path("x.gif"))


@pytest.mark.parametrize("name", ["x.svg", "x.png"])
def test_images_without_kaleido_say_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_saving, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"needs kaleido, and Chrome or Chromium: pip install 'searchsvc\[images\]'"):
        pictures.check(Path(name))


def test_images_without_a_browser_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_: Any, **__: Any) -> None:
        raise RuntimeError("Kaleido requires Google Chrome to be installed.")

    monkeypatch.setattr(go.Figure, "write_image", without)
    with pytest.raises(UserError, match="needs Chrome or Chromium, which was not found; install one"):
        pictures.save(figure(), tmp_path / "x.png")


def test_an_image_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("kaleido")
    path = tmp_path / "x.svg"
    pictures.save(figure(), pictures.check(path))
    assert path.read_text().startswith("<svg") and "Pareto front" in path.read_text()


def answers() -> dict[str, Any]:
    json_ = "application/json"
    drawn = figure().to_json().encode()
    refused = json.dumps({"detail": "kind: got 'x'; allowed are 'pareto'"}).encode()
    return {
        "/v1/searches/1/figures": [(200, json_, json.dumps({"figures": OFFERS}).encode())],
        "/v1/searches/1/figures/pareto": [(200, json_, drawn)],
        "/v1/searches/1/figures/x": [(422, "application/problem+json", refused)],
    }


def test_the_client_lists_and_draws(tmp_path: Path) -> None:
    with server(answers()) as url:
        search = Client(url).search("1")
        assert search.figures() == OFFERS
        assert search.plot("pareto", of="energy") == figure()
        with pytest.raises(UserError, match="got 'x'; allowed are 'pareto'"):
            search.plot("x")


def test_the_command_saves_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli.app, ["plot", "1", *arguments, "--url", url], catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout

    monkeypatch.chdir(tmp_path)
    with server(answers()) as url:
        assert "pareto" in run() and "energy, sops" in run()
        assert json.loads(run("--json")) == OFFERS
        assert run("pareto").strip() == "pareto.html" and (tmp_path / "pareto.html").stat().st_size > 1e6
        assert json.loads(run("pareto", "-o", "y.json", "--of", "energy", "--json")) == {"path": "y.json"}
        assert go.Figure(json.loads((tmp_path / "y.json").read_text())) == figure()
        with pytest.raises(UserError, match=r"its name must end in one of"):
            run("pareto", "-o", "y.pdf")


def test_the_shell_completes_kinds() -> None:
    assert searches._kinds("al") == ["alpha", "alpha-trajectories"]
