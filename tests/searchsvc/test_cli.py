"""Commands that need no service."""

import json

import pytest
from typer.testing import CliRunner

from searchsvc import cli, preset
from spaces import configuration
from spaces.errors import NotFoundError
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
