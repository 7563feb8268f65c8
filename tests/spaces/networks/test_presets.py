"""Presets against the published tables of ST-DANO (figures 6, 8, 9 and table 3)."""

import subprocess
import sys

import pytest
import torch

from spaces import configuration
from spaces.errors import NotFoundError
from spaces.networks import build, discretise, preset
from spaces.networks.presets import published

# Placements as the paper prints them: 0 LIF, 1 LLIF, 2 SLIF, from the input.
PRINTED = {
    "st-dano/cifar10/resnet18/T2": "20002000000001001",
    "st-dano/tiny_imagenet/vgg13/T2": "0000020101",
    "st-dano/tiny_imagenet/vgg13/T6": "0000000101",
    "st-dano/tiny_imagenet/vgg13/T8": "0000020101",
    "st-dano/dvs_cifar10/vgg11/T8": "00011100",
    "st-dano/dvs_cifar10/vgg11/T10": "00001100",
    "st-dano/dvs_gesture/vgg11/T8": "11000001",
    "st-dano/dvs_gesture/vgg11/T16": "10112111",
}
KNOWN_DISAGREEMENTS: dict[str, str] = {}  # preset: reason
each_preset = pytest.mark.parametrize("name", PRINTED)


def test_all_published_configurations_are_presets():
    assert set(published()) == set(PRINTED)


@each_preset
def test_the_architecture_parameters_give_the_printed_placement(name):
    expected = tuple(("lif", "llif", "slif")[int(digit)] for digit in PRINTED[name])
    agrees = preset(name).placement == expected
    assert agrees == (name not in KNOWN_DISAGREEMENTS)


@each_preset
def test_the_smallest_margin_is_that_of_the_closest_two_parameters(name):
    row = published()[name]
    gaps = []
    for alpha, best in zip(row.alpha, discretise(row.alpha), strict=True):
        by_name = dict(zip(("lif", "llif", "slif"), alpha, strict=True))
        gaps += [by_name[best] - value for name, value in by_name.items() if name != best]
    assert row.margin == min(gaps) > 0


@each_preset
def test_the_configuration_survives_json_and_has_the_recipe_of_its_data_set(name):
    config = preset(name)
    assert configuration.read(config.model_dump(mode="json")) == config
    t = config.training
    dvs, gesture = "dvs" in name, "gesture" in name
    assert (t.epochs, t.lr, t.loss, t.tet_lambda) == (300, 0.05 if dvs else 0.1, "tet", 0.05)
    assert t.weight_decay == (5e-5 if "/cifar10" in name else 5e-4)
    assert t.batch_size == (8 if gesture else 128)
    assert config.network.dropout == (0.4 if gesture else 0.3 if dvs else 0)
    assert (config.encoding == "frames") == dvs == (config.task is None)
    if not dvs:
        assert (config.task.input_shape, config.task.classes) == (config.input_shape, config.classes)


@pytest.mark.parametrize("name", ["st-dano/cifar10/resnet18/T2", "st-dano/dvs_cifar10/vgg11/T8"])
def test_a_preset_builds_and_runs(name):
    config = preset(name)
    small = config.model_copy(update={"network": config.network.model_copy(update={"width": 0.125})})
    o_TBK = build(small, seed=0)(torch.rand(2, *config.input_shape))
    assert o_TBK.shape == (config.time_steps, 2, config.classes)


def test_an_unknown_preset_is_answered_with_those_there_are():
    with pytest.raises(NotFoundError) as caught:
        preset("st-dano/cifar10/resnet18/T3")
    assert all(name in str(caught.value) for name in PRINTED)
    assert "did you mean 'st-dano/cifar10/resnet18/T2'?" in str(caught.value)


def test_the_command_prints_every_preset_with_its_margin_and_agreement():
    command = [sys.executable, "-m", "spaces.networks.presets"]
    header, *lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert "smallest margin" in header
    found = [line.split() for line in lines]
    assert [cells[0] for cells in found] == list(PRINTED)
    assert [int(cells[1]) for cells in found] == [len(digits) for digits in PRINTED.values()]
    assert {cells[3] for cells in found} == {"yes"}
