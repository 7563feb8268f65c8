"""Is a search's candidate better than the others? Welch's t-test against each of them, Holm-corrected.

On the objective over seeds. A neuron search judges the placement that it found; a sweep judges its winner, which was
chosen by the same scores, so that its p-values are somewhat too small. The runner computes the verdict when a search
ends, and it is stored with the search.
"""

from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any

import numpy as np
from scipy import stats

from searchsvc.jobs import BaseJob
from searchsvc.objectives import ACCURACY, shown
from searchsvc.overhead import energy_overhead
from searchsvc.strategy import Sample

LEVEL = 0.05
NAMED = 6  # in a sentence
LISTED = 50  # comparisons kept, best of the others first; the correction counts all


def conclude(
    job: BaseJob, samples: Sequence[Sample], search_seconds: float, retrain_seconds: float
) -> dict[str, Any] | None:
    """The verdict on a search: comparisons of the judged candidate, and a sentence that says what they mean.

    A candidate of the same placement as a searched one is the same network and is not compared. None if the judged
    candidate, or all others, have no trial that ended well.
    """
    judged = _judged(job, samples)
    if judged is None:
        return None
    same = [s.label for s in samples if s is not judged and _is_same(job, judged, s)]
    others = [s for s in samples if s is not judged and not _is_same(job, judged, s)]
    if not others:
        return None
    raw = [welch(judged.scores, s.scores) for s in others]
    comparisons: list[dict[str, Any]] = [
        {"label": s.label, "origin": s.origin, "difference": judged.mean - s.mean, "p": p, "p_holm": adjusted}
        for s, p, adjusted in zip(others, raw, holm(raw), strict=True)
    ]
    comparisons.sort(key=lambda comparison: job.objective.sign * comparison["difference"])
    each = retrain_seconds / sum(len(s.scores) for s in samples)
    verdict = {
        job.judges: judged.label,
        "same_as": same,
        "comparisons": comparisons[:LISTED],
        "energy_overhead": _overhead(judged, samples),
        "violates": job.goal.violations(judged.means),
        "front": front(job, samples),
        "search_seconds": search_seconds,
        "retrain_seconds": retrain_seconds,
    }
    return {**verdict, "sentence": _sentence(job, judged, verdict, comparisons, search_seconds / each)}


def welch(a: tuple[float, ...], b: tuple[float, ...]) -> float | None:
    """Two-sided p-value; 1 for equal constants, 0 for different ones, None where a side has a single score."""
    if min(len(a), len(b)) < 2:
        return None
    if len(set(a)) == len(set(b)) == 1:
        return 1.0 if a[0] == b[0] else 0.0
    moments = [(mean(side), stdev(side), len(side)) for side in (a, b)]  # exact, so also for a side of equal scores
    return float(stats.ttest_ind_from_stats(*moments[0], *moments[1], equal_var=False).pvalue)


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
    eligible = sorted(_eligible(job, samples), key=lambda s: -job.objective.sign * s.mean)
    values = np.array([[o.sign * s.means[o.metric] for o in job.objectives] for s in eligible])
    beaten = [((values >= own).all(1) & (values > own).any(1)).any() for own in values]
    metrics = [objective.metric for objective in job.objectives]
    return [
        {"label": s.label, "values": {metric: s.means[metric] for metric in metrics}}
        for s, is_beaten in zip(eligible, beaten, strict=True)
        if not is_beaten
    ]


def _eligible(job: BaseJob, samples: Sequence[Sample]) -> list[Sample]:
    return [s for s in samples if len(s.scores) >= job.seeds and not job.goal.violations(s.means)]


def _judged(job: BaseJob, samples: Sequence[Sample]) -> Sample | None:
    """The searched candidate, or the best of those with all their seeds that keep every constraint."""
    if job.judges == "searched":
        return next((s for s in samples if s.origin == "searched"), None)
    return max(_eligible(job, samples), key=lambda s: job.objective.sign * s.mean, default=None)


def _is_same(job: BaseJob, judged: Sample, other: Sample) -> bool:
    return job.judges == "searched" and other.placement == judged.placement


def _overhead(judged: Sample, samples: Sequence[Sample]) -> float | None:
    lifs = {s.surrogate: s.means["energy"] for s in samples if s.is_lif_baseline and "energy" in s.means}
    return energy_overhead(judged.means["energy"], judged.surrogate, lifs) if "energy" in judged.means else None


def _sentence(
    job: BaseJob, judged: Sample, verdict: dict[str, Any], comparisons: list[dict[str, Any]], cost: float
) -> str:
    subject = f"{_subject(job, judged, verdict)}{_of_the_front(job, verdict['front'])}"
    if job.judges == "winner":
        return f"{subject}{_against_baseline(job, comparisons)} {_against_each(comparisons)}"
    price = f"Searching cost as much training time as {cost:.1f} retrainings."
    return f"{subject} {_against_the_best(job, comparisons[0])} {price}"


def _subject(job: BaseJob, judged: Sample, verdict: dict[str, Any]) -> str:
    same, metric, n = verdict["same_as"], job.objective.metric, len(judged.scores)
    name = f"The winner is {judged.label}"
    if job.judges == "searched":
        name = f"The searched placement{' is that of ' + same[0] if same else ''}"
    parts = [
        shown(metric, judged.mean) + (" on validation" if metric == ACCURACY else f" {metric}"),
        f"{n} seed{'s' if n > 1 else ''}",
    ]
    if job.judges == "winner" and verdict["energy_overhead"] is not None:
        parts.append(f"energy {100 * verdict['energy_overhead']:+.1f} % against LIF")
    if verdict["violates"]:
        parts.append(f"violates {', '.join(verdict['violates'])}")
    return f"{name} ({', '.join(parts)})."


def _of_the_front(job: BaseJob, front: list[dict[str, Any]]) -> str:
    if not front:
        return ""
    metrics = " and ".join(objective.metric for objective in job.objectives)
    each = [f"{one['label']} ({', '.join(shown(*value) for value in one['values'].items())})" for one in front]
    return f" No candidate beats these in {metrics} together (the Pareto front): {_named(each)}."


def _against_the_best(job: BaseJob, best: dict[str, Any]) -> str:
    gap, p, metric = best["difference"], best["p_holm"], job.objective.metric
    if p is None:
        distance = shown(metric, abs(gap), difference=True).removeprefix("+")
        verdict, test = f"{distance} {'above' if gap > 0 else 'below'}", "one seed allows no test"
    else:
        better = "better than" if job.objective.sign * gap > 0 else "worse than"
        verdict = better if p < LEVEL else "not significantly different from"
        test = f"{shown(metric, gap, difference=True)}; Welch, Holm-corrected p = {p:.2g}"
    return f"It is {verdict} the best of the others, {best['label']} ({test})."


def _against_baseline(job: BaseJob, comparisons: list[dict[str, Any]]) -> str:
    """A sentence on the baseline; nothing where there are many, which are the sweep's own points."""
    baselines = [c for c in comparisons if c["origin"] == "baseline"]
    if len(baselines) != 1:
        return ""
    (baseline,) = baselines
    test = "" if baseline["p_holm"] is None else f" (Welch, Holm-corrected p = {baseline['p_holm']:.2g})"
    gap = shown(job.objective.metric, baseline["difference"], difference=True)
    return f" Against the baseline, {baseline['label']}: {gap}{test}."


def _against_each(comparisons: list[dict[str, Any]]) -> str:
    if all(c["p_holm"] is None for c in comparisons):
        return "One seed allows no test of its difference from the others."
    different = [c["label"] for c in comparisons if c["p_holm"] is not None and c["p_holm"] < LEVEL]
    alike = [c["label"] for c in comparisons if c["p_holm"] is None or c["p_holm"] >= LEVEL]
    test = f"(Welch, Holm-corrected p < {LEVEL:g})"
    if not different:
        return f"It differs significantly from none of the {len(alike)} others {test}."
    rest = f", not from {_named(alike)}" if alike else ""
    return f"It differs significantly from {_named(different)} {test}{rest}."


def _named(labels: list[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return "; ".join(labels[:NAMED]) + more
