"""How much scores vary between seeds: one variance for all candidates of a search, where that is not refuted.

With two seeds a candidate's own variance has one degree of freedom and says nothing; pooled over twenty candidates it
has twenty. Whether they may be pooled is asked by Cochran's C, the share that the largest has of all squared deviations
(of candidate j: Beta of half its and half all others' degrees of freedom; Bonferroni over candidates). It finds what
would make pooling wrong, one that varies much more than the rest, with two seeds too, where Brown and Forsythe's and
Levene's tests cannot find anything; it has little power with two seeds, and sees gross differences alone. As in ISO
5725, who varies more is left out and compared by Welch's test; if that were more than a tenth, nothing is pooled.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from math import ceil, fsum, isfinite, sqrt
from typing import Any

from scipy.special import betaincc, fdtrc

from searchsvc.verdict.spread import Spread

LEVEL = 0.05


@dataclass(frozen=True)
class Pool:
    deviation: float
    freedom: int
    candidates: int
    left_out: tuple[str, ...]  # whose scores vary more
    spreads: Mapping[str, Spread]

    def takes(self, labels: Collection[str]) -> bool:
        """Whether these may be compared by it: none is left out, and together they vary no more than the rest."""
        if not set(labels) <= self.spreads.keys() - set(self.left_out):
            return False
        own = _sum(self.spreads[label] for label in set(labels))
        rest = Spread(self.freedom - own.freedom, self.deviation**2 * self.freedom - own.squares)
        if rest.freedom <= 0 or own.freedom == 0 or own.squares == 0:
            return True
        if rest.squares <= 0:
            return False
        ratio = own.squares / own.freedom / (rest.squares / rest.freedom)
        return bool(fdtrc(own.freedom, rest.freedom, ratio) >= LEVEL)

    def to_json(self) -> dict[str, Any]:
        found = {name: value for name, value in asdict(self).items() if name != "spreads"}
        return found | {"left_out": list(self.left_out)}  # as it is read back


def pool(spreads: Mapping[str, Spread]) -> Pool | None:
    """By label; None where there is nothing to pool, or it may not be."""
    kept = {label: s for label, s in spreads.items() if s.freedom and isfinite(s.squares)}
    allowed, left_out = ceil(len(kept) / 10), list[str]()
    while len(kept) > 1:
        total = _sum(kept.values())
        if total.squares <= 0 or not isfinite(total.squares):
            return None
        p, label = min((len(kept) * _alone(s, total), label) for label, s in kept.items())
        if p >= LEVEL:
            return Pool(sqrt(total.squares / total.freedom), total.freedom, len(kept), tuple(left_out), dict(spreads))
        if len(left_out) == allowed:
            return None
        left_out.append(label)
        kept.pop(label)
    return None


def _alone(spread: Spread, total: Spread) -> float:
    """How often one of as many degrees of freedom has such a share of all."""
    return float(betaincc(spread.freedom / 2, (total.freedom - spread.freedom) / 2, spread.squares / total.squares))


def _sum(found: Iterable[Spread]) -> Spread:
    found = list(found)
    return Spread(sum(s.freedom for s in found), fsum(s.squares for s in found))
