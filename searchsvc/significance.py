"""Was the search worth it? Welch's t-test of the searched candidate against each of the others, Holm-corrected.

On validation accuracy over seeds; the runner computes it when a search ends, and it is stored with the search.
"""

from statistics import mean, stdev
from typing import Any

from scipy import stats

from searchsvc.strategy import Sample

LEVEL = 0.05
LISTED = 50  # comparisons kept, best of the others first; the correction counts all


def conclude(samples: list[Sample], search_seconds: float, retrain_seconds: float) -> dict[str, Any] | None:
    """The verdict on a search: comparisons of the searched candidate, and a sentence that says what they mean.

    A candidate of the same placement is the same network and is not compared. None if no trial of the searched
    candidate, or of any other, ended well.
    """
    searched = next((s for s in samples if s.origin == "searched"), None)
    others = [s for s in samples if searched and s is not searched and s.placement != searched.placement]
    if searched is None or not others:
        return None
    same = [s.label for s in samples if s is not searched and s.placement == searched.placement]
    raw = [welch(searched.scores, s.scores) for s in others]
    comparisons: list[dict[str, Any]] = [
        {"label": s.label, "origin": s.origin, "difference": searched.mean - s.mean, "p": p, "p_holm": adjusted}
        for s, p, adjusted in zip(others, raw, holm(raw), strict=True)
    ]
    comparisons.sort(key=lambda comparison: comparison["difference"])
    each = retrain_seconds / sum(len(s.scores) for s in samples)
    return {
        "searched": searched.label,
        "same_as": same,
        "comparisons": comparisons[:LISTED],
        "search_seconds": search_seconds,
        "retrain_seconds": retrain_seconds,
        "sentence": _sentence(searched, same, comparisons, search_seconds / each),
    }


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


def _sentence(searched: Sample, same: list[str], comparisons: list[dict[str, Any]], cost: float) -> str:
    best = comparisons[0]
    gap, p, n = 100 * best["difference"], best["p_holm"], len(searched.scores)
    chosen = f"The searched placement{' is that of ' + same[0] if same else ''}"
    scored = f"{100 * searched.mean:.2f} % on validation, {n} seed{'s' if n > 1 else ''}"
    if p is None:
        verdict, test = f"{abs(gap):.2f} points {'above' if gap > 0 else 'below'}", "one seed allows no test"
    else:
        better = "better than" if gap > 0 else "worse than"
        verdict = better if p < LEVEL else "not significantly different from"
        test = f"{gap:+.2f} points; Welch, Holm-corrected p = {p:.2g}"
    return (
        f"{chosen} ({scored}). It is {verdict} the best of the others, {best['label']} ({test}). "
        f"Searching cost as much training time as {cost:.1f} retrainings."
    )
