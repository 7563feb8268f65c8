"""Full names of metrics, ``accuracy/validation`` or ``energy``, and of what goes with one."""

from collections.abc import Mapping

ACCURACY = "accuracy/validation"
FRESH = "confirmed"  # how splits end of what leaders give that ran again on fresh seeds


def parted(full: str) -> tuple[str, str]:
    """Its own name and its split.

    >>> parted("accuracy/validation"), parted("energy")
    (('accuracy', 'validation'), ('energy', ''))
    """
    name, _, split = full.partition("/")
    return name, split


def fresh(full: str) -> str:
    """What the same metric over the fresh seeds of a leader that ran again is called.

    >>> fresh("accuracy/validation"), fresh("energy")
    ('accuracy/validation_confirmed', 'energy/confirmed')
    """
    name, split = parted(full)
    return f"{name}/{split}_{FRESH}" if split else f"{name}/{FRESH}"


def on_test(full: str) -> tuple[str, str]:
    """Names of the test part's score beside a metric, that over fresh seeds first.

    >>> on_test("accuracy/validation")
    ('accuracy/test_confirmed', 'accuracy/test')
    """
    seen = f"{parted(full)[0]}/test"
    return fresh(seen), seen


def is_test(full: str) -> bool:
    """Whether it is of the test part, which never selects.

    >>> is_test("accuracy/test_confirmed"), is_test("accuracy/validation")
    (True, False)
    """
    return parted(full)[1] in ("test", f"test_{FRESH}")


FORMER = {"validation_accuracy": "accuracy/validation", "memory_capacity": "memory_capacity/validation"}


def current(name: str) -> str:
    """What is called so today."""
    return FORMER.get(name, name)


def renamed(report: Mapping[str, float]) -> dict[str, float]:
    """A step's metrics by full names, of which releases before 0.2 called some otherwise.

    >>> renamed({"train_loss": 0.5, "validation_accuracy": 0.75})
    {'train_loss': 0.5, 'accuracy/validation': 0.75}
    """
    return {current(name): value for name, value in report.items()}


def answered(report: Mapping[str, float]) -> dict[str, float]:
    """A step's metrics as answers give them: by full names, and by those that clients before 0.2 look for.

    >>> answered({"accuracy/validation": 0.75})
    {'accuracy/validation': 0.75, 'validation_accuracy': 0.75}
    """
    return {**report, **{former: report[full] for former, full in FORMER.items() if full in report}}
