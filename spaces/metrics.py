"""What the numbers of a trial mean. Tasks declare their scores, trainings their costs; torch-free.

>>> error = Metric("error", lowest=0.0).on("validation")
>>> error.full, error.sign
('error/validation', -1)
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self

Direction = Literal["max", "min"]
ABOVE_ZERO = math.ulp(0.0)  # the least number that is


@dataclass(frozen=True)
class Metric:
    """A task's score on a split of its data, or a cost of a network, which has no split.

    Values are plain (a share of 1, joule, seconds), and shown times `factor` in `unit`; what is in "%" is a share.
    """

    name: str
    direction: Direction = "min"  # which the better ones have
    unit: str = ""
    factor: float = 1.0
    lowest: float = -math.inf  # that a value can be
    is_cost: bool = False
    use: Literal["select", "tell", "keep"] = "select"  # a search by it; or tell it of candidates; or of trials alone
    title: str = ""  # if its name is none
    split: str = ""

    def on(self, split: str) -> Self:
        """The same on a split of the data."""
        return replace(self, split=split)

    @property
    def full(self) -> str:
        """By which everything knows it: ``accuracy/validation``, ``energy``."""
        return f"{self.name}/{self.split}" if self.split else self.name

    @property
    def sign(self) -> int:
        """A value times this is better when it is larger."""
        return 1 if self.direction == "max" else -1

    @property
    def is_share(self) -> bool:
        return self.unit == "%"

    @property
    def given(self) -> str:
        """In what a plain value is, in words; empty of what has no unit.

        >>> energy, seconds = Metric("energy", unit="nJ", factor=1e9), Metric("seconds", unit="s")
        >>> energy.given, seconds.given, Metric("rate", unit="%").given
        ('in J', 'in s', 'as a share from 0 to 1')
        """
        if self.is_share:
            return "as a share from 0 to 1"
        return f"in {self.unit[self.factor != 1.0 :]}" if self.unit else ""  # without the factor's letter

    @property
    def said(self) -> str:
        """Its name for people."""
        return self.title or self.name.replace("_", " ")


def selecting(measures: Iterable[Metric]) -> tuple[str, ...]:
    """Full names of the costs among these that a search may select by."""
    return tuple(metric.full for metric in measures if metric.is_cost and metric.use == "select")


PARAMETERS = Metric("parameters", lowest=1.0, is_cost=True)
SECONDS = Metric("seconds", unit="s", lowest=ABOVE_ZERO, is_cost=True, title="training")
COSTS = (  # of a network that spikes; energy in joule, times in seconds
    Metric("energy", unit="nJ", factor=1e9, lowest=0.0, is_cost=True),
    Metric("sops", lowest=0.0, is_cost=True, title="SOPs"),
    Metric("firing_rate", unit="%", factor=100.0, lowest=0.0, is_cost=True),
    PARAMETERS,
    Metric("latency", unit="ms", factor=1e3, lowest=ABOVE_ZERO, is_cost=True),
    SECONDS,
    Metric("updates", lowest=0.0, is_cost=True, use="tell"),
    Metric("macs", lowest=0.0, is_cost=True, use="keep", title="MACs"),
    Metric("acs", lowest=0.0, is_cost=True, use="keep", title="ACs"),
)
ACCURACY = Metric("accuracy", "max", unit="%", factor=100.0, lowest=0.0)
COMPRESSED = Metric("compressed_accuracy", "max", "%", 100.0, lowest=0.0, use="tell", title="compressed")
