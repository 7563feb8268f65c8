"""Is a search's candidate better than the others? Welch's t-test against each of them, Holm-corrected.

On the objective over seeds: of two candidates that were both confirmed on fresh seeds, over those, and else over those
that the search saw. A neuron search judges the placement that it found, a sweep its winner, which was chosen by what
the search saw, so that p-values over that are somewhat too small. The runner computes the verdict when a search ends,
and while it runs which of its leaders differ from the first; both are stored with the search.
"""

from collections.abc import Sequence
from math import frexp, hypot, ldexp, sqrt
from statistics import mean, stdev
from typing import Any

import numpy as np
from scipy.special import stdtr

from searchsvc.kinds import BaseJob
from searchsvc.strategy import Sample, average, rounded
from searchsvc.verdict.overhead import relative
from searchsvc.verdict.sentences import LEVEL, sentence

LISTED = 50  # comparisons kept, in the order of the leaderboard; the correction counts all
LEADERS = 3  # that are compared where none are confirmed, or one alone


def conclude(
    job: BaseJob, samples: Sequence[Sample], search_seconds: float, retrain_seconds: float
) -> dict[str, Any] | None:
    """The verdict on a search: comparisons of the judged candidate, and a sentence that says what they mean.

    None if the judged candidate, or all others, have no trial that ended well.
    """
    judged = _judged(job, samples)
    if judged is None:
        return None
    others = [s for s in samples if s is not judged]
    if not others:
        return None
    fresh = [min(len(judged.confirmed), len(s.confirmed)) >= job.seeds for s in others]
    pairs = [_alike(judged, s, is_fresh) for s, is_fresh in zip(others, fresh, strict=True)]
    raw = [welch(*pair) for pair in pairs]
    comparisons: list[dict[str, Any]] = [
        {
            "label": s.label,
            "origin": s.origin,
            "difference": average(own) - average(theirs),
            "p": p,
            "p_holm": adjusted,
            "basis": _basis(is_fresh),
        }
        for s, (own, theirs), is_fresh, p, adjusted in zip(others, pairs, fresh, raw, holm(raw), strict=True)
    ]
    places = {s.label: place for place, s in enumerate(eligible(job, samples))}
    sign = job.objective.sign
    comparisons.sort(key=lambda c: (places.get(c["label"], len(places)), sign * c["difference"]))
    each = retrain_seconds / sum(len(s.scores) + len(s.confirmed) for s in samples)
    verdict = {
        job.judges: judged.label,
        "mean": judged.mean,
        "confirmed_mean": average(judged.confirmed) if judged.confirmed else None,
        "aliases": list(judged.aliases),
        "comparisons": comparisons[:LISTED],
        "energy_overhead": _overhead(job, judged, samples),
        "violates": job.goal.violations(judged.means),
        "front": front(job, samples),
        "search_seconds": search_seconds,
        "retrain_seconds": retrain_seconds,
    }
    return {
        **verdict,
        "sentence": sentence(job, judged, verdict, comparisons, search_seconds / each if search_seconds else 0.0),
    }


def standing(job: BaseJob, leaders: Sequence[Sample]) -> dict[str, Any] | None:
    """Which of a search's leaders, best first, differ from the first: Welch's test, corrected for as many as these.

    By the label of each but the first `p_holm` (None: these seeds allow no test) and the `difference` of its mean from
    the first's, and in `similar` the labels of those that may be as good. `basis` says of which scores: over fresh
    seeds once all leaders have them. None where there is nothing to compare.
    """
    if len(leaders) < 2:
        return None
    fresh = all(len(s.confirmed) >= job.seeds for s in leaders)
    first, *others = [s.confirmed if fresh else s.scores for s in leaders]
    labels = [s.label for s in leaders[1:]]
    adjusted = dict(zip(labels, holm([welch(first, scores) for scores in others]), strict=True))
    differences = [average(scores) - average(first) for scores in others]
    return {
        "basis": _basis(fresh),
        "first": leaders[0].label,
        "p_holm": adjusted,
        "difference": dict(zip(labels, differences, strict=True)),
        "similar": [label for label, p in adjusted.items() if p is not None and p >= LEVEL],
    }


def leaders(job: BaseJob, samples: Sequence[Sample], count: int | None = None) -> list[Sample]:
    """The best so many candidates: by default as many as `standing` compares."""
    return eligible(job, samples)[: compared(job) if count is None else count]


def compared(job: BaseJob) -> int:
    """How many leaders are compared: those that are confirmed, if these are several."""
    return job.confirm if job.confirm > 1 else LEADERS


def welch(a: tuple[float, ...], b: tuple[float, ...]) -> float | None:
    """Two-sided p-value; 1 for equal constants.

    None where these seeds allow no test: a side has a single score, or the scores of neither vary, of which nobody
    knows how much others would. Scores that differ in the 13th digit do not vary.
    """
    if min(len(a), len(b)) < 2:
        return None
    once_a, once_b = set(map(rounded, a)), set(map(rounded, b))
    if len(once_a) == len(once_b) == 1:
        return 1.0 if once_a == once_b else None
    exponent = frexp(max(map(abs, (*a, *b))))[1]  # to just below 2**1000, exactly, so that no sum overflows
    a, b = (tuple(ldexp(score, 1000 - exponent) for score in side) for side in (a, b))
    errors = [stdev(side) / sqrt(len(side)) for side in (a, b)]  # exact, so also for a side of equal scores
    error = hypot(*errors)  # no squares, of which those of a side with far smaller scores would be 0
    freedom = 1 / sum((own / error) ** 4 / (len(side) - 1) for own, side in zip(errors, (a, b), strict=True))
    return float(2 * stdtr(freedom, -abs(mean(a) - mean(b)) / error))


def holm(p_values: list[float | None]) -> list[float | None]:
    """Holm's step-down adjustment; a missing value stays missing.

    >>> holm([0.01, 0.04, None, 0.03])
    [0.03, 0.06, None, 0.06]
    """
    present = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    running = 0.0
    for rank, (p, i) in enumerate(present):
        running = max(running, min(1.0, (len(present) - rank) * p))
        adjusted[i] = running
    return adjusted


def front(job: BaseJob, samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """With trade-offs: the candidates that no other equals in all and beats in some, best of the objective first.

    By `label` and `values`, the means of the objective and of what is traded off.
    """
    if not job.tradeoffs:
        return []
    candidates = eligible(job, samples)
    values = np.array([[o.sign * s.means[o.metric] for o in job.objectives] for s in candidates])
    beaten = [((values >= own).all(1) & (values > own).any(1)).any() for own in values]
    metrics = [objective.metric for objective in job.objectives]
    return [
        {"label": s.label, "values": {metric: s.means[metric] for metric in metrics}}
        for s, is_beaten in zip(candidates, beaten, strict=True)
        if not is_beaten
    ]


def eligible(job: BaseJob, samples: Sequence[Sample]) -> list[Sample]:
    """Those with all their seeds that keep every constraint, best first: in the order of the leaderboard's means."""
    found = [s for s in samples if s.is_complete and not job.goal.violations(s.means)]
    return sorted(found, key=lambda s: -job.objective.sign * s.means.get(job.objective.metric, s.mean))


def baseline(job: BaseJob, samples: Sequence[Sample]) -> Sample | None:
    """The one that a verdict on a winner names; None where there are several, which are the sweep's own points."""
    found = [s for s in samples if s.origin == "baseline" and s.is_complete]
    return found[0] if job.judges == "winner" and len(found) == 1 else None


def _judged(job: BaseJob, samples: Sequence[Sample]) -> Sample | None:
    """The searched candidate, or the best of those with all their seeds that keep every constraint."""
    if job.judges == "searched":
        return next((s for s in samples if s.is_searched), None)
    return next(iter(eligible(job, samples)), None)


def _alike(a: Sample, b: Sample, is_fresh: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Scores of both that came about alike: over fresh seeds, which both have, or what the search saw."""
    return (a.confirmed, b.confirmed) if is_fresh else (a.scores, b.scores)


def _basis(is_fresh: bool) -> str:
    return "fresh seeds" if is_fresh else "search"


def _overhead(job: BaseJob, judged: Sample, samples: Sequence[Sample]) -> float | None:
    if "energy" not in judged.means:
        return None
    baselines = {s.label: s for s in samples if s.origin == "baseline" and "energy" in s.means}
    label = job.reference(judged.configuration, {label: s.configuration for label, s in baselines.items()})
    return None if label is None else relative(judged.means["energy"], baselines[label].means["energy"])
