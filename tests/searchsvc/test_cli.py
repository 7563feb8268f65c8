"""Commands that need no service."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from searchsvc import cli, preset
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
    monkeypatch.setattr(cli, "Client", lambda url: SimpleNamespace(search=lambda search_id: search))
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
