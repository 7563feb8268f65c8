"""Named networks against the layer tables of their papers and the parameter counts of the usual implementations."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from spaces import catalog, configuration
from spaces.multi_step import MultiStep
from spaces.networks import build

# Channels and height = width of every spiking layer before pooling, from the input.
VGG11_32 = [(64, 32), (128, 16), (256, 8), (256, 8), (512, 4), (512, 4), (512, 2), (512, 2)]
VGG13_64 = [(64, 64)] * 2 + [(128, 32)] * 2 + [(256, 16)] * 2 + [(512, 8)] * 2 + [(512, 4)] * 2
VGG16_32 = [(64, 32)] * 2 + [(128, 16)] * 2 + [(256, 8)] * 3 + [(512, 4)] * 3 + [(512, 2)] * 3
VGGSNN_48 = [(64, 48), (128, 48), (256, 24), (256, 24), (512, 12), (512, 12), (512, 6), (512, 6)]
RESNET18_32 = [(64, 32)] * 5 + [(128, 16)] * 4 + [(256, 8)] * 4 + [(512, 4)] * 4
RESNET19_32 = [(64, 32)] + [(128, 32)] * 6 + [(256, 16)] * 6 + [(512, 8)] * 4 + [(256,)]
RESNET34_224 = [(64, 112)] + [(64, 56)] * 6 + [(128, 28)] * 8 + [(256, 14)] * 12 + [(512, 7)] * 6
TABLES = {
    "vgg11": ((3, 32, 32), VGG11_32),
    "vgg13": ((3, 64, 64), VGG13_64),
    "vgg16": ((3, 32, 32), VGG16_32),
    "vggsnn": ((2, 48, 48), VGGSNN_48),
    "resnet18": ((3, 32, 32), RESNET18_32),
    "resnet19": ((3, 32, 32), RESNET19_32),
    "resnet34": ((3, 224, 224), RESNET34_224),
}


def network_of(variant, shape, classes=10, **changes):
    given = {"name": "resnet" if "resnet" in variant else "vgg", "variant": variant, **changes}
    layers = catalog.networks.params(given["name"])(**given).spiking_layers
    config = {"network": given, "neurons": ["lif"] * layers, "input_shape": shape, "classes": classes}
    return build(configuration.read({**config, "time_steps": 1, "task": "digits"}), seed=0)


def spiking_shapes(network, shape):
    """What every neuron module sees, in the order in which the input reaches it."""
    seen = []
    for module in network.modules():
        if isinstance(module, MultiStep):
            module.register_forward_hook(lambda m, args, out: seen.append(tuple(out[0].shape[2:])))
    with torch.no_grad():
        network.eval()(torch.zeros(1, *shape))
    return seen


@pytest.mark.parametrize("variant", TABLES)
def test_every_spiking_layer_has_its_published_shape(variant):
    shape, table = TABLES[variant]
    expected = [(channels, *size, *size) for channels, *size in table]
    assert spiking_shapes(network_of(variant, shape), shape) == expected


@pytest.mark.parametrize(
    ("variant", "layers"),
    [("vgg11", 8), ("vgg13", 10), ("vgg16", 13), ("vggsnn", 8), ("resnet18", 17), ("resnet19", 18), ("resnet34", 33)],
)
def test_spiking_layers_are_as_many_as_published(variant, layers):
    assert len(TABLES[variant][1]) == layers
    kind = "resnet" if "resnet" in variant else "vgg"
    assert catalog.networks.params(kind)(variant=variant).spiking_layers == layers


def parameters(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("variant", "torchvision", "biases"),
    [("vgg11", 132_868_840, 2752), ("vgg13", 133_053_736, 2944), ("vgg16", 138_365_992, 4224)],
)
def test_vgg_has_the_convolutions_of_torchvision(variant, torchvision, biases):
    """vgg*_bn less its three linear layers and its convolutions' biases, plus our readout."""
    linear = sum(n_in * n_out + n_out for n_in, n_out in [(512 * 7 * 7, 4096), (4096, 4096), (4096, 1000)])
    found = parameters(network_of(variant, (3, 32, 32), classes=10))
    assert found == torchvision - linear - biases + 512 * 10 + 10


@pytest.mark.parametrize(("variant", "torchvision"), [("resnet18", 11_689_512), ("resnet34", 21_797_672)])
def test_resnet_has_exactly_the_parameters_of_torchvision(variant, torchvision):
    assert parameters(network_of(variant, (3, 224, 224), classes=1000, stem="7x7")) == torchvision


def test_resnet18_for_small_images_differs_in_its_stem_alone():
    large = parameters(network_of("resnet18", (3, 32, 32), stem="7x7"))
    assert large - parameters(network_of("resnet18", (3, 32, 32))) == 64 * 3 * (7 * 7 - 3 * 3)


def convolution(c_in, c_out, size=3):
    return c_in * c_out * size * size + 2 * c_out  # BatchNorm's scale and shift


def test_resnet19_has_the_parameters_of_its_table():
    count = convolution(3, 64)
    for c_in, c_out, blocks in [(64, 128, 3), (128, 256, 3), (256, 512, 2)]:
        count += convolution(c_in, c_out) + (2 * blocks - 1) * convolution(c_out, c_out)
        count += convolution(c_in, c_out, 1)
    count += 512 * 256 + 256 + 256 * 10 + 10
    assert round(count / 1e6, 2) == 12.63  # as published
    assert parameters(network_of("resnet19", (3, 32, 32))) == count


def test_vggsnn_has_the_parameters_of_its_table():
    pairs = [(2, 64), (64, 128), (128, 256), (256, 256), (256, 512), (512, 512), (512, 512), (512, 512)]
    count = sum(convolution(*pair) for pair in pairs) + 512 * 3 * 3 * 10 + 10
    assert parameters(network_of("vggsnn", (2, 48, 48))) == count


@pytest.mark.parametrize(("variant", "pooling"), [("vgg11", nn.MaxPool2d), ("vggsnn", nn.AvgPool2d)])
def test_pooling_follows_the_layers_that_the_table_says(variant, pooling):
    found = [isinstance(layer.pooling, pooling) for layer in network_of(variant, TABLES[variant][0]).layers]
    sizes = [size for _, size in TABLES[variant][1]] + [1 if variant == "vgg11" else 3]
    assert found == [after < before for before, after in pairwise(sizes)]


@pytest.mark.parametrize("variant", ["vgg11", "resnet19"])
def test_width_multiplies_every_number_of_channels(variant):
    shape, table = TABLES[variant]
    found = spiking_shapes(network_of(variant, shape, width=0.125), shape)
    assert [c for c, *_ in found] == [c // 8 for c, *_ in table]


def test_what_is_given_beside_a_variant_wins():
    assert catalog.networks.params("vgg")(variant="vgg11", pooling="stride").pooling == "stride"
    assert catalog.networks.params("vgg")(variant="vgg11").pooling == "max"


@pytest.mark.parametrize("variant", ["vggsnn", "resnet19"])
def test_a_variant_is_stored_with_all_it_stands_for(variant):
    params = catalog.networks.params("resnet" if "resnet" in variant else "vgg")(variant=variant)
    stored = params.model_dump(mode="json")
    assert stored["channels"][-1] == 512
    assert type(params)(**stored) == params
