"""What a kind of search says of its searches, beside their trials; each has a default, so a new kind says what differs.

It is asked of stored searches too: by the leaderboard, lists, pictures, exports, verdicts and the surrogate.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from spaces.space.dimensions import Point, Space, read_point

Json = Mapping[str, Any]


class Kind:
    pictures: ClassVar[Sequence[str]] = ()  # that such searches have beside those that every search has
    compared_with: ClassVar[str] = ""  # what costs are relative to (`reference`), in a word

    @property
    def costs(self) -> Sequence[str]:
        """What its trials measure, beside the task's score."""
        return ()

    @property
    def problem(self) -> str:
        """Why its specification cannot be read here; empty where it can."""
        return ""

    @property
    def dimensions(self) -> Space:
        """What its strategy is told of candidates, and asks for: their values by name; empty where it does neither."""
        return {}

    def coordinates(self, configuration: Json) -> dict[str, Any]:
        """The values by which people tell its candidates apart, by name, of a candidate's configuration as JSON."""
        return {}

    def point(self, configuration: Json) -> Point:
        """The values of its dimensions in a candidate's configuration as JSON."""
        return read_point(self.coordinates(configuration)) if self.dimensions else {}

    def unsearched(self, configuration: Json) -> Json:
        """A configuration as JSON, or a specification, without the fields that are searched."""
        return configuration

    def reference(self, configuration: Json, baselines: Mapping[str, Json]) -> str | None:
        """The label of the baseline whose energy that of a candidate is compared with; none by default.

        Args:
            configuration: the candidate's, as JSON.
            baselines: configurations by label, in the order of their trials.
        """
        return None


class Unreadable(Kind):
    """Of a search whose kind, or something that it names, is not installed here any more: it says so and no more."""

    def __init__(self, problem: str) -> None:
        self._problem = problem

    @property
    def problem(self) -> str:
        return self._problem
