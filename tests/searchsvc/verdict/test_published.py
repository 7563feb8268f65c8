"""The copied rows against numbers written down from the papers' tables by hand."""

import pytest

from searchsvc.verdict import published

BY_HAND = [
    ("ST-DANO", "cifar10", "resnet18", 8, "ST-DANO", "accuracy", 95.92, "%"),
    ("ST-DANO", "cifar100", "resnet18", 2, "ST-DANO", "accuracy", 75.53, "%"),
    ("ST-DANO", "tiny_imagenet", "vgg13", 4, "ST-DANO", "accuracy", 60.08, "%"),
    ("ST-DANO", "dvs_gesture", "vgg11", 20, "ST-DANO", "accuracy", 98.61, "%"),
    ("ST-DANO", "cifar10", "resnet18", None, "SLIF", "accuracy", 83.83, "%"),
    ("ST-DANO", "dvs_cifar10", "vgg11", None, "LLIF4", "accuracy", 79.3, "%"),
    ("ST-DANO", "tiny_imagenet", "vgg13", 8, "ST-DANO", "search_cost", 0.7, "GPU days"),
    ("LNM", "cifar100", "resnet19", 4, "LNM of degree 3", "accuracy", 80.7, "%"),
    ("LNM", "imagenet", "resnet34", 4, "LIF", "accuracy", 69.04, "%"),
    ("LNM", "dvs_cifar10", None, 10, "LNM of degree 3", "energy", 5.015, "mJ"),
    ("HRSNN", "shd", None, None, "HeNHeS", "accuracy", 80.49, "%"),
    ("HRSNN", "multiscale_lorenz96", None, None, "HRSNN_BP", "nrmse", 0.178, ""),
    ("HRSNN", "cifar10", None, None, "CHRSNN_BP", "sop_ratio", 45.32, ""),
    ("HetSyn", "s_mnist", None, None, "HetSyn", "accuracy", 98.93, "%"),
    ("IK", "ssc", None, None, "heterogeneous eta", "accuracy", 48.5, "%"),
    ("IK", "dvs128", None, None, "homogeneous", "accuracy", 71.0, "%"),
]


@pytest.mark.parametrize("row", BY_HAND, ids=lambda row: f"{row[1]}-{row[4]}-{row[5]}")
def test_a_row_says_what_its_table_says(row: tuple[object, ...]) -> None:
    rows = [
        (r.source.name, r.dataset, r.network, r.time_steps, r.method, r.metric, r.value, r.unit)
        for r in published.rows()
    ]
    assert rows.count(row) == 1


def test_every_table_is_there_and_every_row_is_complete() -> None:
    by_source = [row.source.name for row in published.rows()]
    counted = {name: by_source.count(name) for name in dict.fromkeys(by_source)}
    # ST-DANO: 17 accuracies, 24 of the ablation, 8 costs; LNM: 14 + 3 + 8; HRSNN: 6 + 6 + 10 + 6 + 6; IK: 4 x 4
    assert counted == {"ST-DANO": 49, "LNM": 25, "HRSNN": 34, "HetSyn": 4, "IK": 16}
    units = {
        "accuracy": "%",
        "energy": "mJ",
        "search_cost": "GPU days",
        "neuron_sparsity": "%",
        "synapse_sparsity": "%",
    }
    for row in published.rows():
        assert row.dataset and row.method and row.source.about + row.source.title
        assert row.unit == units.get(row.metric, "")
        assert row.time_steps is None or row.time_steps > 0
    shares = [row.value for row in published.rows() if row.unit == "%"]
    assert min(shares) > 40 and max(shares) < 100  # percent, and no shares of 1


def test_of_a_task_come_its_own_rows_alone() -> None:
    assert {row.dataset for row in published.of_task("cifar100")} == {"cifar100"}
    assert len(published.of_task("cifar100")) == published.datasets()["cifar100"] == 13  # 4, and 4 + 3 + 2
    assert published.of_task("digits") == ()


def test_augmented_rows_say_so() -> None:
    (row,) = [r for r in published.of_task("dvs_cifar10") if r.value == 83.9]
    assert row.note == "with data augmentation"
