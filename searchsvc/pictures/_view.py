"""What a file of the catalog says of its picture: when there is one, of what, and what it shows."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

Source = TypeVar("Source", contravariant=True)


class View(ABC, Generic[Source]):
    """A picture of a search (`OfSearch`), a trial (`OfTrial`) or candidates side by side (`OfCandidates`).

    Attributes:
        title: for people.
        kind: what it is called in addresses and commands; left out, its file's name with dashes.
        place: among the others on a page; those of plugins come behind ours.
        is_open: whether it can be drawn of more than the choices, of which `read` then says what there is.
    """

    title: ClassVar[str]
    kind: ClassVar[str] = ""
    place: ClassVar[int] = 1000
    is_open: ClassVar[bool] = False

    def applies(self, source: Source) -> bool:
        """Whether there is such a picture, or will be once there is something to draw."""
        return True

    def choices(self, source: Source) -> Sequence[str]:
        """What it can be drawn of, the usual one first; nothing where there is no choice."""
        return ()

    @abstractmethod
    def read(self, source: Source, of: str) -> Any:
        """What the file's `figure` draws: plain values, of one of the choices; with nothing to draw they are empty."""
