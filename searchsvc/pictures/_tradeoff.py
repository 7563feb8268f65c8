"""What pictures of two metrics share: the objective and another one, in which candidates differ."""

from collections.abc import Sequence

from searchsvc.pictures._source import Search
from searchsvc.pictures._view import View


class Tradeoff(View[Search]):
    def applies(self, search: Search) -> bool:
        return bool(search.others())

    def choices(self, search: Search) -> Sequence[str]:
        return search.others()


def too_few(points: int, what: str) -> str:
    """Why there is nothing to see of so many candidates that have all their seeds; empty if there is.

    >>> too_few(1, "energy (nJ)"), too_few(2, "energy (nJ)")
    ('one candidate has all its seeds and energy (nJ) so far; two make a picture', '')
    """
    if points > 1:
        return ""
    some = f"has all its seeds and {what}"
    return f"one candidate {some} so far; two make a picture" if points else f"no candidate {some} yet"
