"""Small data sets in the true formats, with random images; layouts from their authors' descriptions."""

import numpy as np
from PIL import Image

IMAGES = {"cifar10": (10, 1), "cifar100": (3, 1), "tiny_imagenet": (2, 1)}  # of every class, to train and to test on
WNIDS = [f"n{i:08d}" for i in range(20)]  # of 200, since every image is a file


def cifar(file, labels, columns, generator):
    """One record each: label bytes, then 1024 red, 1024 green and 1024 blue bytes, row by row."""
    rows = []
    for label in labels:
        image_HWC = generator.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        rows.append(bytes([*columns, label]) + b"".join(image_HWC[..., c].tobytes() for c in range(3)))
    file.write_bytes(b"".join(rows))


def write(root):
    """CIFAR-10, CIFAR-100 and a tenth of Tiny ImageNet's classes, with a few images of each."""
    generator = np.random.default_rng(0)
    ten, hundred, tiny = (root / n for n in ("cifar-10-batches-bin", "cifar-100-binary", "tiny-imagenet-200"))
    ten.mkdir(parents=True)
    for i in range(1, 6):
        cifar(ten / f"data_batch_{i}.bin", list(range(10)) * 2, (), generator)
    cifar(ten / "test_batch.bin", range(10), (), generator)
    hundred.mkdir()
    cifar(hundred / "train.bin", list(range(100)) * 3, (19,), generator)
    cifar(hundred / "test.bin", range(100), (7,), generator)
    tiny_imagenet(tiny, generator)


def tiny_imagenet(root, generator):
    for part in [*(f"train/{wnid}/images" for wnid in WNIDS), "val/images"]:
        (root / part).mkdir(parents=True)
    (root / "wnids.txt").write_text("\n".join(reversed(WNIDS)) + "\n")
    lines = []
    for i, wnid in enumerate(WNIDS):
        for n in range(2):
            jpeg(root / "train" / wnid / "images" / f"{wnid}_{n}.JPEG", generator, grey=i == 0)
        jpeg(root / "val/images" / f"val_{i}.JPEG", generator)
        lines.append(f"val_{i}.JPEG\t{wnid}\t0\t0\t62\t62\n")
    (root / "val/val_annotations.txt").write_text("".join(lines))


def jpeg(file, generator, grey=False):
    shape = (8, 8) if grey else (8, 8, 3)
    small = Image.fromarray(generator.integers(0, 256, shape, dtype=np.uint8))
    small.resize((64, 64)).save(file, "JPEG")
