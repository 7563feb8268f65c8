"""Image tasks against the files read record by record, and augmentation. Shapes: C channels, H height, W width."""

import numpy as np
import pytest
import torch
from PIL import Image

from searchsvc.training import data as parts
from searchsvc.training.gradient import Trial
from spaces import catalog, configuration
from spaces.tasks import Split, _images

IMAGE_TASKS = ("cifar10", "cifar100", "tiny_imagenet")


def load(name, **params):
    return catalog.tasks.load(name).load(catalog.tasks.params(name)(**params))


def as_set(pairs):
    return sorted((np.ascontiguousarray(image_CHW).tobytes(), int(label)) for image_CHW, label in pairs)


def ours(*parts):
    return as_set((x.numpy(), y) for part in parts for x, y in zip(part.x, part.y, strict=True))


def records(file, labels):
    content = file.read_bytes()
    size = labels + 3072
    for start in range(0, len(content), size):
        record = content[start : start + size]
        image_CHW = np.zeros((3, 32, 32), np.uint8)
        for i, value in enumerate(record[labels:]):
            image_CHW[i // 1024, i % 1024 // 32, i % 32] = value
        yield image_CHW, record[labels - 1]


@pytest.mark.parametrize(
    ("name", "folder", "train", "test", "labels"),
    [
        ("cifar10", "cifar-10-batches-bin", [f"data_batch_{i}.bin" for i in range(1, 6)], "test_batch.bin", 1),
        ("cifar100", "cifar-100-binary", ["train.bin"], "test.bin", 2),
    ],
)
def test_cifar_is_its_records_read_byte_by_byte(small_datasets, name, folder, train, test, labels):
    data = load(name)
    path = small_datasets / folder
    assert ours(data.train, data.validation) == as_set(r for file in train for r in records(path / file, labels))
    assert ours(data.test) == as_set(records(path / test, labels))


def test_tiny_imagenet_is_its_jpegs(small_datasets):
    root, data = small_datasets / "tiny-imagenet-200", load("tiny_imagenet")
    wnids = sorted(folder.name for folder in (root / "train").iterdir())

    def pixels(file):
        return np.asarray(Image.open(file).convert("RGB")).transpose(2, 0, 1)

    train = ((pixels(f), wnids.index(f.parent.parent.name)) for f in root.glob("train/*/images/*.JPEG"))
    lines = [line.split("\t") for line in (root / "val/val_annotations.txt").read_text().splitlines()]
    test = ((pixels(root / "val/images" / line[0]), wnids.index(line[1])) for line in lines)
    assert ours(data.train, data.validation) == as_set(train)
    assert ours(data.test) == as_set(test)


def test_a_tenth_of_every_class_validates():
    y = torch.arange(7).repeat_interleave(30)
    train, validation = _images.cut(Split(torch.arange(210)[:, None], y), seed=5)
    assert torch.bincount(validation.y).tolist() == [3] * 7
    assert sorted(train.x[:, 0].tolist() + validation.x[:, 0].tolist()) == list(range(210))
    assert torch.equal(y[train.x[:, 0]], train.y)


def test_scaling_is_mean_and_deviation_of_each_channel():
    x_NCHW = torch.randint(0, 200, (9, 3, 4, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    mean_C, deviation_C = _images.scaling(x_NCHW)
    np.testing.assert_allclose(mean_C, x_NCHW.numpy().mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(deviation_C, x_NCHW.numpy().std((0, 2, 3)), rtol=1e-6)


def test_preprocessing_says_how_a_raw_image_becomes_the_networks_input():
    data = load("cifar10")
    raw = data.test.x[0].double()
    says = data.preprocessing
    expected = torch.stack([
        (raw[c] - says[f"subtract_{colour}"]) / says[f"divide_by_{colour}"]
        for c, colour in enumerate(("red", "green", "blue"))
    ])  # fmt: skip
    torch.testing.assert_close(data.prepare(data.test.x[:1], None)[0].double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "augment"), [(n, "standard") for n in IMAGE_TASKS] + [("cifar10", "autoaugment")])
def test_only_training_augments(name, augment):
    plain, augmented = load(name, augment="none"), load(name, augment=augment)
    x, generator = plain.train.x[:8], torch.Generator().manual_seed(0)
    assert torch.equal(plain.prepare(x, generator), plain.prepare(x, None))
    assert torch.equal(augmented.prepare(x, None), plain.prepare(x, None))
    one, two = augmented.prepare(x, generator), augmented.prepare(x, generator)
    assert not torch.equal(one, plain.prepare(x, None))
    assert not torch.equal(one, two)


@pytest.mark.parametrize(("name", "side"), [("cifar10", 16), ("cifar100", 8)])
def test_autoaugment_ends_with_cutout_of_the_means(name, side):
    data = load(name, augment="autoaugment")
    x_NCHW = data.prepare(data.train.x[:20], torch.Generator().manual_seed(0))
    holes = (x_NCHW == 0).all(1).flatten(1).sum(1)
    assert ((side // 2) ** 2 <= holes).all()
    assert (holes <= side**2).all()
    assert holes.max() > (side // 2) * side


@pytest.mark.parametrize("augment", ["standard", "autoaugment"])
def test_a_restored_trial_on_augmented_images_goes_on_as_if_never_interrupted(augment):
    config = {
        "network": {"name": "resnet", "channels": [4], "blocks": [1], "dropout": 0.5},
        "neurons": ["lif"] * 3,
        "input_shape": [3, 32, 32],
        "classes": 10,
        "time_steps": 2,
        "task": {"name": "cifar10", "augment": augment},
        "training": {"epochs": 3, "label_smoothing": 0.1, "warmup_epochs": 1},
    }
    parts._loaded.cache_clear()
    whole, first, second = (Trial(configuration.read(config), 0) for _ in range(3))
    expected = [whole.step().metrics for _ in range(3)]
    assert first.step().metrics == expected[0]
    second.restore(first.state())
    torch.manual_seed(99)
    assert [second.step().metrics for _ in range(2)] == expected[1:]
    parts._loaded.cache_clear()
