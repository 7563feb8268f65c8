"""Tiny ImageNet (Stanford CS231n 2015): a folder of JPEGs for each class.

Its official validation images, whose classes are public, are the test part here; classes are numbered by the order of
their WordNet identifiers. Also read: images without the folder ``images`` around them, as .jpg or .png, and validation
images sorted into a folder for each class, as those of training.
"""

from collections.abc import Sequence
from pathlib import Path

import torch

from spaces.errors import UserError
from spaces.tasks import Data, Split, _images, _pictures
from spaces.tasks._files import folder, reading, visible
from spaces.tasks.params.tiny_imagenet import Params

ANNOTATIONS = "val_annotations.txt"
Labelled = list[tuple[Path, int]]  # image files, each with its class


def load(params: Params | None = None) -> Data:
    """From the folder tiny-imagenet-200: images as uint8 (N, 3, 64, 64), classes as int64 (N,)."""
    params = params or Params()
    augment = _images.standard if params.augment == "standard" else _images.unchanged
    with reading(params.name):
        path = folder("tiny-imagenet-200", ["wnids.txt"], ["train", "val"])
        classes = _classes(path / "wnids.txt", params.classes)
        train = _by_class(path / "train", classes)
        sorted_too = any((path / "val" / wnid).is_dir() for wnid in classes)
        test = (_by_class if sorted_too else _annotated)(path / "val", classes)
        train_y, test_y = (torch.tensor([label for _, label in part], dtype=torch.int64) for part in (train, test))
        _images.check_counts(params, train_y, test_y, path, classes)
        x_train, x_test = (_pictures.read([file for file, _ in part], params.input_shape[1]) for part in (train, test))
        _images.check_copies(x_train, x_test, path)
    return _images.data(Split(x_train, train_y), Split(x_test, test_y), params.split_seed, augment)


def _classes(file: Path, expected: int) -> list[str]:
    """WordNet identifiers in their order."""
    wnids = _text(file).split()
    if not len(wnids) == len(set(wnids)) == expected:
        raise UserError(f"{file} has {len(wnids)} words, {len(set(wnids))} of them different; expected are {expected}")
    return sorted(wnids)


def _by_class(path: Path, classes: Sequence[str]) -> Labelled:
    """Of a folder for each class."""
    number = {wnid: i for i, wnid in enumerate(classes)}
    for entry in visible(path):
        emptied = entry.is_dir() and not visible(entry)  # as sorting leaves it behind
        if entry.name not in (*number, ANNOTATIONS) and not emptied:
            raise UserError(f"{entry} is no class of wnids.txt; expected is a folder for each class")
    found: Labelled = []
    for wnid, label in number.items():
        if not (path / wnid).is_dir():
            raise UserError(f"{path} has no folder {wnid}; expected is one for each class of wnids.txt")
        for file in _pictures.listed(path / wnid, beside=f"{wnid}_boxes.txt"):
            if (said := file.name.split("_")[0]) != wnid and said in number:
                raise UserError(f"{file} is of class {said} by its name; expected are images of {wnid} there")
            found.append((file, label))
    return found


def _annotated(path: Path, classes: Sequence[str]) -> Labelled:
    """Of one folder, and a text file with the class of each."""
    if not (path / ANNOTATIONS).is_file():
        raise UserError(f"{path} has no file {ANNOTATIONS} and no folders named as the classes; expected is either")
    number = {wnid: i for i, wnid in enumerate(classes)}
    rest, found = {file.stem: file for file in _pictures.listed(path, beside=ANNOTATIONS)}, []
    for i, line in enumerate(_text(path / ANNOTATIONS).splitlines(), 1):
        name, wnid, *_ = (*line.split(), "", "")
        if not name:
            continue
        if wnid not in number:
            raise UserError(f"{path / ANNOTATIONS}, line {i}: got {line[:80]!r}; expected are a file and its class")
        if (file := rest.pop(Path(name).stem, None)) is None:
            raise UserError(f"{path / ANNOTATIONS}, line {i}: got {name[:80]}, which is not there, or named before")
        found.append((file, number[wnid]))
    for file in rest.values():
        raise UserError(f"{file} is not in {ANNOTATIONS}; expected is a line for each image")
    return found


def _text(file: Path) -> str:
    return file.read_text("utf-8-sig", errors="replace")
