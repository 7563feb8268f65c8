"""Commands that need no service."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from searchsvc import preset
from searchsvc.cli import commands as cli
from spaces import configuration
from spaces.errors import NotFoundError, UserError
from spaces.networks.presets import published


def test_presets_lists_every_preset_with_its_placement():
    done = CliRunner().invoke(cli.app, ["presets"])
    assert done.exit_code == 0
    for name, row in published().items():
        assert f"{name} " in done.stdout
        assert " ".join(row.placement) in done.stdout


def test_presets_with_a_name_prints_its_configuration():
    name = "st-dano/dvs_cifar10/vgg11/T10"
    done = CliRunner().invoke(cli.app, ["presets", name])
    assert configuration.read(json.loads(done.stdout)) == preset(name)


def test_presets_refuses_an_unknown_name():
    with pytest.raises(NotFoundError, match="got 'st-dano'; allowed are"):
        CliRunner().invoke(cli.app, ["presets", "st-dano"], catch_exceptions=False)


def test_plot_leaves_no_file_where_the_service_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: str) -> None:
        raise UserError("figures: got 'nope'")

    search = SimpleNamespace(plot=refuse)
    monkeypatch.setattr("searchsvc.cli.searches.Client", lambda url: SimpleNamespace(search=lambda search_id: search))
    kept = tmp_path / "kept.html"
    kept.write_text("earlier")
    for file in (tmp_path / "nope.html", kept):
        with pytest.raises(UserError, match="got 'nope'"):
            CliRunner().invoke(cli.app, ["plot", "ID", "nope", "-o", str(file)], catch_exceptions=False)
    with pytest.raises(UserError, match="cannot write"):
        CliRunner().invoke(
            cli.app, ["plot", "ID", "nope", "-o", str(tmp_path / "none" / "x.html")], catch_exceptions=False
        )
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("kept.html", "earlier")]


def test_submit_says_what_it_was_warned_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = SimpleNamespace(id="ID", warnings=["warm_start: differs in [network]"])
    monkeypatch.setattr(
        "searchsvc.cli.searches.Client", lambda url: SimpleNamespace(url="here", submit=lambda spec: made)
    )
    file = tmp_path / "spec.yaml"
    file.write_text("kind: x")
    done = CliRunner().invoke(cli.app, ["submit", str(file)], catch_exceptions=False)
    assert "warning: warm_start: differs in [network]" in done.stderr and "warning" not in done.stdout
    done = CliRunner().invoke(cli.app, ["submit", str(file), "--json"], catch_exceptions=False)
    assert json.loads(done.stdout)["warnings"] == made.warnings
