"""What a search could have seen: the smallest difference of two candidates that its test finds four times out of five.

Student's t of such a difference has a noncentral distribution; the far tail, where the worse one seems the better, is
left out.
"""

from collections.abc import Callable
from math import sqrt

from scipy.special import nctdtr, nctdtrinc, stdtrit

POWER = 0.8
MOST = 1000  # seeds: no search has more

Critical = Callable[[int, float], float]  # of so many seeds and degrees of freedom


def planned(seeds: int, freedom: float) -> float:
    """The critical value of one two-sided comparison at 5 %."""
    return float(stdtrit(freedom, 0.975))


def smallest(deviation: float, seeds: int, freedom: float, critical: Critical = planned) -> float:
    """The true difference of two candidates of so many seeds each that is found with a probability of 80 %.

    >>> round(smallest(1.0, 17, 32), 2)  # Cohen's table: 17 a side for a difference of one deviation
    0.99
    """
    return float(nctdtrinc(freedom, 1 - POWER, critical(seeds, freedom))) * deviation * sqrt(2 / seeds)


def enough(difference: float, deviation: float, seeds: int, freedom: float, critical: Critical = planned) -> int | None:
    """The seeds, more than these, with which a search alike sees this difference; None: more than a search may have."""

    def sees(n: int) -> bool:
        free = freedom * (n - 1) / (seeds - 1)
        shift = difference / (deviation * sqrt(2 / n))
        return float(nctdtr(free, shift, critical(n, free))) <= 1 - POWER

    low, high = seeds, seeds + 1
    while not sees(high):
        low, high = high, 2 * high
        if low > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if sees(middle) else (middle, high)
    return high
