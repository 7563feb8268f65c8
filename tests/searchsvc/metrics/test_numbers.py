"""One format of numbers: what tells values apart is shown, and no more than their intervals allow."""

import pytest

from searchsvc.metrics.numbers import Numbers


def together(name: str, means: list[float], halves: list[float] | None = None) -> list[str]:
    numbers = Numbers.of(name, means, halves or [])
    if halves is None:
        return [numbers.value(mean) for mean in means]
    return [numbers.spread(mean, half) for mean, half in zip(means, halves, strict=True)]


@pytest.mark.parametrize("name", ["energy", "energy/confirmed"])
def test_energies_that_differ_look_different(name: str) -> None:
    assert together(name, [1.329e-8, 1.331e-8, 1.334e-8]) == ["13.29", "13.31", "13.34"]
    assert together(name, [1.3e-8, 1.331e-8]) == ["13.00", "13.31"]  # one number of decimals in a column
    assert together(name, [1.3e-8, 7.1e-8]) == ["13", "71"]


def test_small_values_beside_a_large_one_are_told_apart() -> None:
    assert together("energy", [1.329e-8, 1.331e-8, 9e-6]) == ["13.29", "13.31", "9000.00"]


@pytest.mark.parametrize(
    ("means", "halves", "shown"),
    [
        ([0.98613, 0.9751], [0.00421, 0.0321], ["98.61 ± 0.42", "97.51 ± 3.21"]),
        ([0.9861, 0.9862], [0.031, 0.042], ["98.6 ± 3.1", "98.6 ± 4.2"]),  # the interval says no more
        ([0.9861, 0.75], [0.0, 0.021], ["98.6 ± 0", "75.0 ± 2.1"]),
    ],
)
def test_shares_with_intervals(means: list[float], halves: list[float], shown: list[str]) -> None:
    assert together("accuracy/validation", means, halves) == shown


def test_an_interval_that_is_small_by_accident_gives_no_false_precision() -> None:
    name = "memory_capacity/validation"
    assert together(name, [10.3519, 9.4], [1e-7, 0.5871]) == ["10.35 ± 0.00", "9.40 ± 0.59"]
    assert together(name, [8.94], [28.61]) == ["8.9 ± 28.6"]
    assert together("energy", [1.022e-6, 7.379e-7], [2.044e-8, 1.5e-8]) == ["1022 ± 20", "738 ± 15"]
    assert together(name, [10.35192], [0.00058]) == ["10.35192 ± 0.00058"]


def test_counts_are_whole_and_large_ones_grouped() -> None:
    assert together("parameters", [50_826.0, 50_827.0, 9_000.0]) == ["50,826", "50,827", "9000"]
    assert together("sops", [1200.0, 1234.5]) == ["1200", "1234"]
    assert together("parameters", [7.0], [0.0]) == ["7 ± 0"]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("energy", 7.353e-7, "735.3 nJ"),
        ("energy", 7.353e-5, "73.53 µJ"),
        ("energy", 2.5e-12, "2.5 pJ"),
        ("energy", 12.0, "12 J"),
        ("latency", 0.25, "250 ms"),
        ("seconds", 12_345.6, "12,346 s"),
        ("energy", 0.0, "0 nJ"),
        ("loss/validation", 1.234567e-7, "1.235e-07"),
    ],
)
def test_units_are_scaled(name: str, value: float, shown: str) -> None:
    assert Numbers.of(name, [value]).said(value) == shown


def test_differences_have_the_unit_of_what_they_are_of() -> None:
    energies = Numbers.of("energy", [2e-5, 3e-5])
    assert Numbers.of("energy", [-1.5e-8], like=energies).signed(-1.5e-8) == "−0.015"
    assert Numbers.of("accuracy/validation", [-0.0104], [0.0421]).signed(-0.0104, 0.0421) == "−1.0 ± 4.2"


def test_nothing_is_said_of_what_is_not_there() -> None:
    numbers = Numbers.of("energy", [None])
    assert numbers.value(None) == numbers.said(None) == numbers.spread(None, 1.0) == ""
