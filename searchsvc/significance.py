"""Is a search's candidate better than the others? Welch's t-test against each of them, Holm-corrected.

On the objective over seeds: of two candidates that were both confirmed on fresh seeds, over those, and else over those
that the search saw. A neuron search judges the placement that it found, a sweep its winner, which was chosen by what
the search saw, so that p-values over that are somewhat too small. The runner computes the verdict when a search ends,
and while it runs which of its leaders differ from the first; both are stored with the search.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from statistics import mean, variance
from typing import Any

import numpy as np
from scipy.special import stdtr

from searchsvc.jobs import BaseJob
from searchsvc.objectives import ACCURACY, SCORES, on_test
from searchsvc.overhead import energy_overhead
from searchsvc.strategy import Sample, average
from searchsvc.words import shown

LEVEL = 0.05
NAMED = 6  # in a sentence
LISTED = 50  # comparisons kept, in the order of the leaderboard; the correction counts all
LEADERS = 3  # that are compared where none are confirmed, or one alone


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
    twins = [s for s in samples if s is not judged and _is_same(job, judged, s)]
    others = [s for s in samples if s is not judged and s not in twins]
    judged = next((_as(twin, judged) for twin in twins if twin.confirmed and not judged.confirmed), judged)
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
        "same_as": [twin.label for twin in twins],
        "comparisons": comparisons[:LISTED],
        "energy_overhead": _overhead(judged, samples),
        "violates": job.goal.violations(judged.means),
        "front": front(job, samples),
        "search_seconds": search_seconds,
        "retrain_seconds": retrain_seconds,
    }
    return {**verdict, "sentence": _sentence(job, judged, verdict, comparisons, search_seconds / each)}


def standing(job: BaseJob, leaders: Sequence[Sample]) -> dict[str, Any] | None:
    """Which of a search's leaders, best first, differ from the first: Welch's test, corrected for as many as these.

    By the label of each but the first `p_holm` and the `difference` of its mean from the first's, and in `similar` the
    labels of those that may be as good. `basis` says of which scores: over fresh seeds once all leaders have them. None
    where there is nothing to compare.
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
    """The best so many different candidates: by default as many as `standing` compares."""
    found: list[Sample] = []
    for sample in eligible(job, samples):
        if not any(_is_same(job, sample, other) for other in found):
            found.append(sample)
    return found[: compared(job) if count is None else count]


def compared(job: BaseJob) -> int:
    """How many leaders are compared: those that are confirmed, if these are several."""
    return job.confirm if job.confirm > 1 else LEADERS


def welch(a: tuple[float, ...], b: tuple[float, ...]) -> float | None:
    """Two-sided p-value; 1 for equal constants, 0 for different ones, None where a side has a single score."""
    if min(len(a), len(b)) < 2:
        return None
    if len(set(a)) == len(set(b)) == 1:
        return 1.0 if a[0] == b[0] else 0.0
    errors = [variance(side) / len(side) for side in (a, b)]  # exact, so also for a side of equal scores
    freedom = sum(errors) ** 2 / sum(error**2 / (len(side) - 1) for error, side in zip(errors, (a, b), strict=True))
    return float(2 * stdtr(freedom, -abs(mean(a) - mean(b)) / sqrt(sum(errors))))


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
    found = [s for s in samples if len(s.scores) >= job.seeds and not job.goal.violations(s.means)]
    return sorted(found, key=lambda s: -job.objective.sign * s.means.get(job.objective.metric, s.mean))


def baseline(job: BaseJob, samples: Sequence[Sample]) -> Sample | None:
    """The one that a verdict on a winner names; None where there are several, which are the sweep's own points."""
    found = [s for s in samples if s.origin == "baseline" and len(s.scores) >= job.seeds]
    return found[0] if job.judges == "winner" and len(found) == 1 else None


def _judged(job: BaseJob, samples: Sequence[Sample]) -> Sample | None:
    """The searched candidate, or the best of those with all their seeds that keep every constraint."""
    if job.judges == "searched":
        return next((s for s in samples if s.origin == "searched"), None)
    return next(iter(eligible(job, samples)), None)


def _as(twin: Sample, judged: Sample) -> Sample:
    """What is judged, with the fresh seeds of the same network under another label."""
    fresh = {name: mean for name, mean in twin.means.items() if name.endswith("confirmed")}
    return replace(judged, confirmed=twin.confirmed, means={**judged.means, **fresh})


def _alike(a: Sample, b: Sample, is_fresh: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Scores of both that came about alike: over fresh seeds, which both have, or what the search saw."""
    return (a.confirmed, b.confirmed) if is_fresh else (a.scores, b.scores)


def _basis(is_fresh: bool) -> str:
    return "fresh seeds" if is_fresh else "search"


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
        return f"{subject}{_against_baseline(job, comparisons)} {_against_each(job, comparisons)}"
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
        *_unselected(job, judged),
    ]
    if job.judges == "winner" and verdict["energy_overhead"] is not None:
        parts.append(f"energy {100 * verdict['energy_overhead']:+.1f} % against LIF")
    if verdict["violates"]:
        parts.append(f"violates {', '.join(verdict['violates'])}")
    return f"{name} ({', '.join(parts)})."


def _unselected(job: BaseJob, judged: Sample) -> list[str]:
    """What selected nothing: the objective over fresh seeds, and the test part's score, over those if there are any."""
    found = []
    if count := len(judged.confirmed):
        value = shown(job.objective.metric, average(judged.confirmed))
        found.append(f"{value} over {count} fresh seed{'s' if count > 1 else ''}")
    for metric in SCORES:
        values = [judged.means[name] for name in on_test(metric) if name in judged.means]
        found += [f"{shown(metric, value)} on test" for value in values[:1]]
    return found


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
        fresh = " over fresh seeds" if best["basis"] == "fresh seeds" else ""
        test = f"{shown(metric, gap, difference=True)}{fresh}; Welch, Holm-corrected p = {p:.2g}"
    return f"It is {verdict} the best of the others, {best['label']} ({test})."


def _against_baseline(job: BaseJob, comparisons: list[dict[str, Any]]) -> str:
    """A sentence on the baseline; nothing where there are many, which are the sweep's own points."""
    baselines = [c for c in comparisons if c["origin"] == "baseline"]
    if len(baselines) != 1:
        return ""
    (baseline,) = baselines
    test = "" if baseline["p_holm"] is None else f" (Welch, Holm-corrected p = {baseline['p_holm']:.2g})"
    gap = shown(job.objective.metric, baseline["difference"], difference=True)
    fresh = ", over fresh seeds" if baseline["basis"] == "fresh seeds" else ""
    return f" Against the baseline, {baseline['label']}{fresh}: {gap}{test}."


def _against_each(job: BaseJob, comparisons: list[dict[str, Any]]) -> str:
    if all(c["p_holm"] is None for c in comparisons):
        return "One seed allows no test of its difference from the others."
    differ = [c for c in comparisons if c["p_holm"] is not None and c["p_holm"] < LEVEL]
    better = [c["label"] for c in differ if job.objective.sign * c["difference"] > 0]
    worse = [c["label"] for c in differ if c["label"] not in better]
    alike = [c["label"] for c in comparisons if c not in differ]
    test = f"(Welch, Holm-corrected p < {LEVEL:g})"
    own = _by_its_own_scores(comparisons)
    if not better + worse:
        return f"It differs significantly from none of the {len(alike)} others {test}.{own}"
    found = [f"{word} than {_named(labels)}" for word, labels in (("better", better), ("worse", worse)) if labels]
    rest = f", and does not differ so from {_named(alike)}" if alike else ""
    return f"It is significantly {' and '.join(found)} {test}{rest}.{own}"


def _by_its_own_scores(comparisons: list[dict[str, Any]]) -> str:
    """Of whom the verdict speaks by the scores that chose its winner, if others have fresh seeds."""
    own = [c["label"] for c in comparisons if c["basis"] == "search"]
    if not own or len(own) == len(comparisons):
        return ""
    return f" Compared by what the search saw, not by fresh seeds: {_named(own)}."


def _named(labels: list[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return "; ".join(labels[:NAMED]) + more
