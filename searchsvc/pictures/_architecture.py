"""What pictures of architecture parameters share: when there is one, and what it shows."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from searchsvc.pictures._source import Search
from searchsvc.pictures._view import View


class Values(NamedTuple):
    neurons: Sequence[str]  # by name
    steps: Mapping[int, Sequence[Sequence[float]]]  # layers x neurons of every epoch; of very many some are drawn


class Architecture(View[Search]):
    """Of a search whose kind has a picture of this `kind`, and of at least so many epochs once it has ended."""

    least: ClassVar[int] = 1

    def applies(self, search: Search) -> bool:
        return self.kind in search.pictures and (not search.has_ended or len(search.alphas()[1]) >= self.least)

    def read(self, search: Search, of: str) -> Values:
        return Values(*search.alphas())
