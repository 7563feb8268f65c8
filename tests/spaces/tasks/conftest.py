import pytest

from spaces import catalog
from tests.spaces.tasks import datasets


@pytest.fixture(scope="session")
def small_datasets(tmp_path_factory):
    """A folder of small data sets in the true formats."""
    root = tmp_path_factory.mktemp("datasets")
    datasets.write(root)
    return root


@pytest.fixture(autouse=True)
def small_datasets_are_found(small_datasets, monkeypatch):
    """And are as large as published, as far as their readers know."""
    monkeypatch.setenv("SEARCHSVC_DATASETS", str(small_datasets))
    for name, images in datasets.IMAGES.items():
        monkeypatch.setattr(catalog.tasks.params(name), "images", images)
    monkeypatch.setattr(catalog.tasks.params("tiny_imagenet"), "classes", len(datasets.WNIDS))
