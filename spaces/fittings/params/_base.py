from typing import TYPE_CHECKING, ClassVar

from spaces.metrics import PARAMETERS, SECONDS, Metric
from spaces.params import Params

if TYPE_CHECKING:
    from spaces.networks.params import NetworkParams
    from spaces.tasks.params import TaskParams


class FittingParams(Params):
    """What every fitting says of itself, and of what it asks."""

    asks: ClassVar[frozenset[str]]  # of what a network `offers`
    targets: ClassVar[frozenset[str]]  # what a task's `targets` may be
    measures: ClassVar[tuple[Metric, ...]] = (PARAMETERS, SECONDS)  # of a trial, beside the task's score

    name: str
    if TYPE_CHECKING:

        @property
        def epochs(self) -> int:
            """Steps of a trial: a field or a constant of its class."""

    @property
    def copies(self) -> int:
        """Of every parameter that are in memory together."""
        return 1

    @property
    def kept_samples(self) -> int:
        """Of how many samples every step is kept in memory together, for a way back through time."""
        return 0

    def check(self, task: "TaskParams") -> None:
        """Refuse by a ValueError what its fields ask for and such a task has not."""

    @classmethod
    def fits(cls, network: "NetworkParams | type[NetworkParams]") -> bool:
        """Whether it can fit such a network."""
        return cls.asks <= network.offers

    @classmethod
    def fits_to(cls, task: "TaskParams | type[TaskParams]") -> bool:
        """Whether it can fit a network to such a task."""
        return task.targets in cls.targets
