r"""Points of a Halton sequence (Halton 1960), shifted at random: in coordinate d, i is written backwards in base p.

.. math:: u_d(i) = \left(r_d + \sum_k a_k\, p_d^{-k-1}\right) \bmod 1, \qquad i = \sum_k a_k\, p_d^k

:math:`p_d` is the d-th prime number, :math:`r_d` is drawn from the search's seed.
"""

from collections.abc import Iterator, Sequence
from itertools import count, islice
from random import Random

from searchsvc.strategies import PointStrategy, Proposal
from searchsvc.strategy import Outcome
from spaces.space.dimensions import Point, decode, width


class Strategy(PointStrategy):
    def propose(self, index: int, outcomes: Sequence[Outcome], running: Sequence[Point]) -> Proposal:
        return Proposal(self.fresh(self._points(index), self.taken(outcomes, running), index))

    def origin(self, index: int) -> str:
        return "halton"

    def _points(self, first: int) -> Iterator[Point]:
        shift, bases = Random(f"{self.job.seed}/halton"), list(islice(primes(), width(self.job.space)))
        shifts = [shift.random() for _ in bases]
        for i in count(first + 1):
            backwards = [(r + radical_inverse(i, p)) % 1 for r, p in zip(shifts, bases, strict=True)]
            yield decode(self.job.space, backwards)


def radical_inverse(number: int, base: int) -> float:
    """The digits of `number`, mirrored behind the point.

    >>> [radical_inverse(n, 2) for n in range(5)]
    [0.0, 0.5, 0.25, 0.75, 0.125]
    """
    value, place = 0.0, 1.0
    while number:
        number, digit = divmod(number, base)
        place /= base
        value += digit * place
    return value


def primes() -> Iterator[int]:
    return (n for n in count(2) if all(n % d for d in range(2, int(n**0.5) + 1)))
