"""Data sets that are not what they should be: variants that are read, and one line for everything else."""

import re
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from spaces import catalog
from spaces.errors import UserError
from tests.spaces.tasks.datasets import WNIDS, jpeg

FOLDERS = {"cifar10": "cifar-10-batches-bin", "cifar100": "cifar-100-binary", "tiny_imagenet": "tiny-imagenet-200"}
MODELS = {name: catalog.tasks.params(name) for name in FOLDERS}
PUBLISHED = {name: (model.classes, model.images) for name, model in MODELS.items()}  # before tests say otherwise
ONE, TWO = WNIDS[:2]


def load(name, **params):
    return catalog.tasks.load(name).load(catalog.tasks.params(name)(**params))


@pytest.fixture
def of(tmp_path, small_datasets, monkeypatch):
    """A task's folder, free to be changed."""

    def copied(name):
        monkeypatch.setenv("SEARCHSVC_DATASETS", str(tmp_path))
        return shutil.copytree(small_datasets / FOLDERS[name], tmp_path / FOLDERS[name])

    return copied


def refused(name, **params):
    """What a task says of its files, which is one line."""
    with pytest.raises(UserError) as caught:
        load(name, **params)
    said = str(caught.value)
    assert said.startswith(f"task {name}: ")
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("name", "classes", "train", "test"),
    [("cifar10", 10, 50_000, 10_000), ("cifar100", 100, 50_000, 10_000), ("tiny_imagenet", 200, 100_000, 10_000)],
)
def test_every_class_has_its_share_of_the_published_images(name, classes, train, test):
    assert PUBLISHED[name] == (classes, (train / classes, test / classes))


@pytest.mark.parametrize(("name", "folder"), FOLDERS.items())
def test_a_missing_data_set_is_answered_with_folder_files_and_setting(tmp_path, monkeypatch, name, folder):
    monkeypatch.setenv("SEARCHSVC_DATASETS", str(tmp_path))
    said = refused(name)
    assert said.startswith(f"task {name}: {tmp_path / folder} has no ")
    assert f"let SEARCHSVC_DATASETS name the folder that holds {folder}" in said


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda folder: None, "there is no such folder"),
        (lambda folder: folder.write_bytes(b""), "which is a file"),
        (lambda folder: folder.mkdir(), "found: nothing"),
        (lambda folder: (folder / "cifar-10-batches-bin").mkdir(parents=True), "found: cifar-10-batches-bin"),
        (
            lambda folder: [write(folder / f"data_batch_{i}") for i in range(9)],
            "found: data_batch_0, data_batch_1, data_batch_2, data_batch_3, data_batch_4, ...",
        ),
    ],
)
def test_in_place_of_what_is_missing_it_says_what_there_is(tmp_path, monkeypatch, make, found):
    make(tmp_path / "cifar-10-batches-bin")
    monkeypatch.setenv("SEARCHSVC_DATASETS", str(tmp_path))
    assert "cifar-10-batches-bin has no data_batch_1.bin, " in (said := refused("cifar10"))
    assert f"({found}); put " in said


@pytest.mark.parametrize("setting", [None, ""])
def test_without_the_setting_the_folder_is_datasets_here(tmp_path, monkeypatch, setting):
    monkeypatch.delenv("SEARCHSVC_DATASETS")
    if setting is not None:
        monkeypatch.setenv("SEARCHSVC_DATASETS", setting)
    monkeypatch.chdir(tmp_path)
    assert f"{tmp_path}/datasets/cifar-10-batches-bin has no data_batch_1.bin, " in refused("cifar10")


RECORD = 3073


def cut(folder, file, size):
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[:size])


def relabel(folder, file, position, label):
    content = bytearray((folder / file).read_bytes())
    content[position] = label
    (folder / file).write_bytes(content)


def a_folder_instead(file):
    file.unlink()
    file.mkdir()


def a_broken_link(file):
    file.unlink()
    file.symlink_to(file.parent / "elsewhere")


CIFAR = {
    "cut": (lambda f: cut(f, "test_batch.bin", -1), "test_batch.bin has 30729 bytes, .* a record's 3073; fetch it"),
    "empty": (lambda f: cut(f, "data_batch_2.bin", 0), "data_batch_2.bin has 0 records; expected are 20; "),
    "cut at a record": (lambda f: cut(f, "data_batch_3.bin", 19 * RECORD), "data_batch_3.bin has 19 records; .* 20; "),
    "twice as long": (
        lambda f: (f / "data_batch_4.bin").write_bytes((f / "data_batch_4.bin").read_bytes() * 2),
        "data_batch_4.bin has 40 records; expected are 20",
    ),
    "twice": (
        lambda f: shutil.copy(f / "data_batch_1.bin", f / "data_batch_5.bin"),
        "data_batch_5.bin is a copy of data_batch_1.bin; ",
    ),
    "label": (
        lambda f: relabel(f, "data_batch_1.bin", 3 * RECORD, 10),
        "data_batch_1.bin: record 3 has label 10; expected are 0 to 9",
    ),
    "class lost": (
        lambda f: relabel(f, "data_batch_1.bin", 3 * RECORD, 4),
        "has 9 images to train on of class 3; expected are 10, ",
    ),
    "class lost in test": (
        lambda f: relabel(f, "test_batch.bin", 3 * RECORD, 4),
        "has 0 images to test on of class 3; expected are 1, or with subset: true of the task 1 to 1",
    ),
    "folder": (lambda f: a_folder_instead(f / "test_batch.bin"), "test_batch.bin is a folder; expected is a file"),
    "broken link": (
        lambda f: a_broken_link(f / "test_batch.bin"),
        "test_batch.bin cannot be read as a file; expected ",
    ),
}


@pytest.mark.parametrize(("change", "said"), CIFAR.values(), ids=CIFAR)
def test_cifar_10_that_is_not_what_it_should_be(of, change, said):
    folder = of("cifar10")
    change(folder)
    assert re.search(said, refused("cifar10"))


@pytest.mark.parametrize(("column", "label", "allowed"), [(0, 20, 19), (1, 100, 99)])
def test_cifar_100_has_20_coarse_and_100_fine_classes(of, column, label, allowed):
    relabel(of("cifar100"), "train.bin", 7 * 3074 + column, label)
    assert f"train.bin: record 7 has label {label}; expected are 0 to {allowed}" in refused("cifar100")


def test_fewer_images_are_read_where_the_user_says_so(of):
    folder = of("cifar10")
    cut(folder, "data_batch_3.bin", 11 * RECORD)
    assert "say subset: true of the task" in refused("cifar10")
    data = load("cifar10", subset=True)
    assert len(data.train.y) + len(data.validation.y) == 91
    assert set(data.train.y.tolist()) == set(range(10))


@pytest.mark.parametrize(
    ("change", "said"), [CIFAR[k] for k in ("cut", "empty", "twice as long", "twice", "label", "class lost in test")]
)
def test_a_subset_too_has_whole_files_that_differ_and_every_class(of, change, said):
    change(of("cifar10"))
    assert re.search(said, refused("cifar10", subset=True))


def test_a_class_of_a_subset_that_could_not_train_and_validate_is_refused(of):
    folder = of("cifar100")
    for record in (5, 105):
        relabel(folder, "train.bin", record * 3074 + 1, 6)
    said = "has 1 images to train on of class 5; expected are 3, or with subset: true of the task 2 to 3"
    assert said in refused("cifar100", subset=True)


def images(folder, wnid=ONE):
    return folder / "train" / wnid / "images"


def renamed(folder, suffix):
    for file in list(folder.iterdir()):
        file.rename(file.with_suffix(suffix))


def without_the_folder_images(folder):
    for file in list((folder / "images").iterdir()):
        file.rename(folder / file.name)
    (folder / "images").rmdir()


def sorted_by_class(folder, wnids=WNIDS, below=""):
    for i, wnid in enumerate(wnids):
        (folder / "val" / wnid / below).mkdir(parents=True)
        (folder / f"val/images/val_{i}.JPEG").rename(folder / "val" / wnid / below / f"val_{i}.JPEG")


def annotate(folder, change):
    file = folder / "val/val_annotations.txt"
    file.write_text("".join(map(change, file.read_text().splitlines(keepends=True))))


def marks(folder):
    """As macOS leaves them, and others."""
    for file in [images(folder) / f"._{ONE}_0.JPEG", folder / "train/.DS_Store", folder / "val/images/._val_0.JPEG"]:
        file.write_bytes(b"\0\5\26\7")
    (folder / "train" / ONE / f"{ONE}_boxes.txt").write_text("n_0.JPEG\t0\t0\t63\t63\n")  # as it is distributed
    (folder / "train" / ".ipynb_checkpoints").mkdir()


VARIANTS = {
    "marks": marks,
    ".jpg": lambda f: renamed(images(f), ".jpg"),
    ".jpeg": lambda f: renamed(f / "val/images", ".jpeg"),
    "without images/": lambda f: [without_the_folder_images(f / "train" / wnid) for wnid in WNIDS],
    "val without images/": lambda f: without_the_folder_images(f / "val"),
    "val sorted": sorted_by_class,
    "val sorted, with images/": lambda f: sorted_by_class(f, below="images"),
    "blank lines": lambda f: annotate(f, lambda line: f"{line}\n \t\n"),
    "spaces": lambda f: annotate(f, lambda line: line.replace("\t", "  ")),
    "Windows": lambda f: annotate(f, lambda line: line.replace("\n", "\r\n")),
    "wnids with a mark and blanks": lambda f: (f / "wnids.txt").write_text(
        "\ufeff" + "\n\n".join(WNIDS) + " \n", "utf-8"
    ),
}


@pytest.mark.parametrize("change", VARIANTS.values(), ids=VARIANTS)
def test_variants_of_tiny_imagenet_are_read_as_what_they_are(of, change, small_datasets):
    expected = load("tiny_imagenet").fingerprint()
    change(of("tiny_imagenet"))
    assert load("tiny_imagenet").fingerprint() == expected


def test_tiny_imagenet_as_png_is_read(of):
    for file in list(images(of("tiny_imagenet")).iterdir()):
        Image.open(file).save(file.with_suffix(".png"))
        file.unlink()
    assert torch.bincount(load("tiny_imagenet").train.y).tolist() == [1] * len(WNIDS)


def write(file, content=b""):
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)


def picture(shape, mode=np.uint8, suffix=".JPEG"):
    def change(folder):
        (images(folder) / f"{ONE}_0.JPEG").unlink()
        Image.fromarray(np.zeros(shape, mode)).save(images(folder) / f"{ONE}_0{suffix}")

    return change


WRONG = {
    "class missing": (lambda f: shutil.rmtree(f / "train" / TWO), f"train has no folder {TWO}; expected is one for "),
    "class empty": (lambda f: [p.unlink() for p in images(f).iterdir()], f"has 0 images to train on of class {ONE}; "),
    "one image less": (
        lambda f: (images(f) / f"{ONE}_0.JPEG").unlink(),
        f"has 1 images to train on of class {ONE}; expected are 2, or ",
    ),
    "one image more": (
        lambda f: jpeg(images(f) / f"{ONE}_9.JPEG", np.random.default_rng(0)),
        f"has 3 images to train on of class {ONE}; expected are 2, ",
    ),
    "unknown class": (lambda f: write(f / "train/n9/x.JPEG"), "train/n9 is no class of wnids.txt; expected "),
    "file for a class": (
        lambda f: (shutil.rmtree(f / "train" / TWO), write(f / "train" / TWO)),
        f"train has no folder {TWO}; ",
    ),
    "no image": (lambda f: write(images(f) / "Thumbs.db"), r"images/Thumbs.db is no image; expected .* \.jpeg, "),
    "folder for an image": (
        lambda f: a_folder_instead(images(f) / f"{ONE}_0.JPEG"),
        f"{ONE}_0.JPEG is no image; expected are files of ",
    ),
    "beside images/": (
        lambda f: write(f / "train" / ONE / "x.JPEG"),
        rf"{ONE}/x.JPEG lies beside .*images; expected are images in one of both",
    ),
    "image twice": (
        lambda f: shutil.copy(images(f) / f"{ONE}_0.JPEG", images(f) / f"{ONE}_0.png"),
        rf"{ONE}_0.png has the name of {ONE}_0.JPEG; ",
    ),
    "of another class": (
        lambda f: shutil.copytree(images(f), images(f, TWO), dirs_exist_ok=True),
        f"{TWO}/images/{ONE}_0.JPEG is of class {ONE} by its name; expected are images of {TWO} there",
    ),
    "truncated": (
        lambda f: cut(images(f), f"{ONE}_0.JPEG", 400),
        rf"{ONE}_0.JPEG has 400 bytes that are no whole image; expected are 64 x 64 pixels .* fetch it again",
    ),
    "empty": (lambda f: cut(images(f), f"{ONE}_0.JPEG", 0), f"{ONE}_0.JPEG has 0 bytes that are no whole image; "),
    "small": (picture((32, 32, 3)), f"{ONE}_0.JPEG has 32 x 32 pixels of mode RGB; expected are 64 x 64 pixels"),
    "16 bits": (picture((64, 64), np.uint16, ".png"), f"{ONE}_0.png has 64 x 64 pixels of mode I;16; expected "),
    "transparent": (picture((64, 64, 4), suffix=".png"), f"{ONE}_0.png has 64 x 64 pixels of mode RGBA; expected "),
    "folder for wnids": (lambda f: a_folder_instead(f / "wnids.txt"), "wnids.txt is a folder; expected is a file"),
    "file for train": (lambda f: (shutil.rmtree(f / "train"), write(f / "train")), "train is a file; expected is a f"),
    "class twice in wnids": (
        lambda f: (f / "wnids.txt").write_text("\n".join([*WNIDS, ONE])),
        "wnids.txt has 21 words, 20 of them different; expected are 20",
    ),
    "class not in wnids": (
        lambda f: (f / "wnids.txt").write_text("\n".join(WNIDS[1:])),
        "wnids.txt has 19 words, 19 of them different; expected are 20",
    ),
    "wnids in bytes": (lambda f: write(f / "wnids.txt", b"\xff\xfe\0" * 9), "wnids.txt has 1 words"),
    "no annotations": (
        lambda f: (f / "val/val_annotations.txt").unlink(),
        "val has no file val_annotations.txt and no folders named as the classes; ",
    ),
    "folder for annotations": (
        lambda f: a_folder_instead(f / "val/val_annotations.txt"),
        "val has no file val_annotations.txt and no folders",
    ),
    "unknown class annotated": (
        lambda f: annotate(f, lambda line: line.replace(TWO, "n9")),
        r"val_annotations.txt, line 2: got 'val_1.JPEG\\tn9\\t0.*'; expected are a file and its class",
    ),
    "annotation of nothing": (
        lambda f: (f / "val/images/val_3.JPEG").unlink(),
        "val_annotations.txt, line 4: got val_3.JPEG, which is not there, or named before",
    ),
    "annotated twice": (
        lambda f: annotate(f, lambda line: line.replace("val_1.", "val_0.")),
        "val_annotations.txt, line 2: got val_0.JPEG, which is not there, or named before",
    ),
    "not annotated": (
        lambda f: annotate(f, lambda line: "" if TWO in line else line),
        "val/images/val_1.JPEG is not in val_annotations.txt; expected is a line for each image",
    ),
    "val sorted but for one class": (
        lambda f: (sorted_by_class(f, WNIDS[:-1]), (f / "val/images/val_19.JPEG").unlink()),
        f"val has no folder {WNIDS[-1]}; expected is one for each class",
    ),
    "val sorted in part": (
        lambda f: sorted_by_class(f, WNIDS[:-1]),
        "val/images is no class of wnids.txt; expected is a folder for each class",
    ),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_tiny_imagenet_that_is_not_what_it_should_be(of, change, said):
    change(of("tiny_imagenet"))
    assert re.search(said, refused("tiny_imagenet"))


def test_fewer_images_of_tiny_imagenet_are_read_where_the_user_says_so(of, monkeypatch):
    monkeypatch.setattr(catalog.tasks.params("tiny_imagenet"), "images", PUBLISHED["tiny_imagenet"][1])
    of("tiny_imagenet")
    assert "has 2 images to train on of class n00000000; expected are 500, or with" in refused("tiny_imagenet")
    assert len(load("tiny_imagenet", subset=True).train.y) == len(WNIDS)


def test_a_file_that_cannot_be_read_is_named(of, monkeypatch):
    of("tiny_imagenet")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied", "/x/y.JPEG")

    monkeypatch.setattr(Image, "open", refuse)
    assert "cannot read its files: [Errno 13] Permission denied: '/x/y.JPEG'" in refused("tiny_imagenet")


def test_images_that_are_copies_of_others_are_no_data_set(of):
    batch = of("cifar10") / "data_batch_2.bin"
    content = batch.read_bytes()
    batch.write_bytes(content[: len(content) // 2] * 2)
    load("cifar10")  # a few may be: published sets hold some
    for other in batch.parent.glob("data_batch_[345].bin"):
        other.write_bytes((content := other.read_bytes())[: len(content) // 2] * 2)
    assert "40 of 100 images to train on are copies of others" in refused("cifar10")


def test_a_test_part_of_training_images_is_none(of):
    root = of("tiny_imagenet")
    for i, wnid in enumerate(WNIDS):
        shutil.copy(root / "train" / wnid / "images" / f"{wnid}_0.JPEG", root / "val/images" / f"val_{i}.JPEG")
    assert "20 of 20 images to test on are copies of others" in refused("tiny_imagenet")
