"""Searches without training: true means and deviations in, a verdict out. How often it is wrong, and how often it sees.

`python -m tests.searchsvc.verdict.landscapes` prints both, also where variances differ. Of 20 candidates, the first the
baseline, the three leaders and the baseline are confirmed.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from searchsvc import kinds
from searchsvc.strategy import Sample
from searchsvc.verdict import confirmation, leading
from searchsvc.verdict.significance import conclude
from tests.specs import TINY_SWEEP

CANDIDATES = 20
JOB = kinds.read({**TINY_SWEEP, "confirm": 3})
ALIKE = np.ones(CANDIDATES)
LANDSCAPES = {
    "variances alike": lambda rng: ALIKE,
    "one of ten times the deviation": lambda rng: rng.permutation(np.r_[10.0, ALIKE[1:]]),
    "the baseline of twice the deviation": lambda rng: np.r_[2.0, ALIKE[1:]],
    "half of three times the deviation": lambda rng: rng.permutation(np.where(np.arange(CANDIDATES) % 2, 3.0, 1.0)),
    "deviations spread by a factor of e": lambda rng: np.exp(rng.normal(0, 1, CANDIDATES)),
}


def search(rng: Generator, means: np.ndarray, deviations: np.ndarray, seeds: int, fresh: bool = True) -> list[Sample]:
    def draw(i: int) -> tuple[float, ...]:
        return tuple(map(float, rng.normal(means[i], deviations[i], seeds)))

    origins = ["baseline", *["sweep"] * (len(means) - 1)]
    found = [Sample(str(i), origin, draw(i), seeds=seeds) for i, origin in enumerate(origins)]
    again = {label for label, _ in confirmation.repeats(job(seeds), found)} if fresh else set()
    return [replace(s, confirmed=draw(i)) if s.label in again else s for i, s in enumerate(found)]


def job(seeds: int):
    return JOB.model_copy(update={"seeds": seeds})


def claims(samples: list[Sample], seeds: int, best: str) -> Counter[str]:
    """What a verdict says that is wrong where all are equal; `best`, any of them, is not to be left out."""
    found = conclude(job(seeds), samples, 0.0, 1.0)
    baseline = [c["p_adjusted"] for c in found["comparisons"] if c["origin"] == "baseline"]
    differ, leaders = found["against_baseline"], found["leaders"]
    whole = leading.standing(
        job(seeds),
        [replace(s, confirmed=()) for s in leading.eligible(job(seeds), samples)],
        leading.rivals(job(seeds), samples),
    )
    return Counter(
        {
            "winner against baseline": any(p is not None and p < 0.05 for p in baseline),
            "any against baseline": bool(differ and differ["better"] + differ["worse"]),
            "a best leader left out": best in leaders["p"] and (leaders["p"][best] or 1.0) < 0.05,
            "a best of all left out": (whole["p"][best] or 1.0) < 0.05,
            "one alone is best": len(whole["similar"]) == 1,
            "pooled": found["pool"] is not None,
        }
    )


def rates(landscape: str, seeds: int, searches: int, seed: int = 0, fresh: bool = True) -> dict[str, float]:
    """How often, where all candidates are equal."""
    rng, found = np.random.default_rng(seed), Counter[str]()
    for _ in range(searches):
        samples = search(rng, np.zeros(CANDIDATES), LANDSCAPES[landscape](rng), seeds, fresh)
        found += claims(samples, seeds, str(rng.integers(1, CANDIDATES)))
    return {name: count / searches for name, count in found.items()}


def power(gap: float, seeds: int, searches: int, seed: int = 0) -> float:
    """How often the winner is found to be better than the baseline, if all others are better by as many deviations."""
    rng, found = np.random.default_rng(seed), 0
    for _ in range(searches):
        samples = search(rng, np.r_[0.0, np.full(CANDIDATES - 1, gap)], ALIKE, seeds)
        (p,) = [c["p_adjusted"] for c in conclude(job(seeds), samples, 0.0, 1.0)["comparisons"] if c["label"] == "0"]
        found += p < 0.05
    return found / searches


if __name__ == "__main__":
    for landscape in LANDSCAPES:
        for seeds in (2, 3, 5):
            found = rates(landscape, seeds, 1000)
            print(f"{landscape}, {seeds} seeds:", ", ".join(f"{name} {100 * f:.1f} %" for name, f in found.items()))
    for seeds in (2, 3, 5):
        print(f"{seeds} seeds, power:", ", ".join(f"{g} sd {100 * power(g, seeds, 400):.0f} %" for g in (1, 2, 3, 4)))
