"""Is a search's candidate better than the others?

On the objective over seeds: of two candidates that were both confirmed on fresh seeds, over those, and else over those
that the search saw. A neuron search judges the placement that it found, a sweep its winner. Each statement is wrong in
5 of 100 searches at most, whatever was looked at to make it (`comparing`):

- over fresh seeds, which selected nothing, winner and baseline are one planned comparison, and so are the searched
  placement and the best of the others;
- by what the search saw, which chose the winner too, they are corrected for all candidates (Dunnett);
- which of the leaders may be the best (Hsu) is corrected for the leaders over fresh seeds, and for all candidates by
  what the search saw;
- how many candidates differ from the baseline (Dunnett), by what the search saw.

The runner computes the verdict when a search ends, and while it runs how its leaders stand (`leading.standing`).
"""

from collections.abc import Sequence
from math import sqrt
from statistics import variance
from typing import Any

from searchsvc.kinds import BaseJob
from searchsvc.strategy import Sample, average
from searchsvc.verdict import multiple, power
from searchsvc.verdict.comparing import LEVEL, Scores, pair, with_best, with_control
from searchsvc.verdict.edges import edges
from searchsvc.verdict.leading import baseline, basis, eligible, front, leaders, rivals, standing
from searchsvc.verdict.overhead import relative
from searchsvc.verdict.pooling import Pool, pool
from searchsvc.verdict.sentences import no_verdict, sentence
from searchsvc.verdict.spread import spreads

LISTED = 50  # comparisons kept, in the order of the leaderboard; the correction counts all


def conclude(job: BaseJob, samples: Sequence[Sample], search_seconds: float, retrain_seconds: float) -> dict[str, Any]:
    """The verdict on a search: comparisons of the judged candidate, and a sentence that says what they mean.

    The sentence alone, which says why, if the judged candidate, or all others, have no trial that ended well.
    """
    judged = _judged(job, samples)
    others = _in_order(job, judged, samples) if judged else []
    if judged is None or not others:
        return {"sentence": no_verdict(job, judged, samples)}
    pooled, base = pool(spreads(samples)), baseline(job, samples)
    against = base if base and base is not judged else others[0]  # with what it is compared first
    each = retrain_seconds / sum(len(s.scores) + len(s.confirmed) for s in samples)
    verdict = {
        job.judges: judged.label,
        "mean": judged.mean,
        "confirmed_mean": average(judged.confirmed) if judged.confirmed else None,
        "aliases": list(judged.aliases),
        "comparisons": _comparisons(job, judged, others, samples, pooled)[:LISTED],
        "leaders": standing(job, leaders(job, samples), rivals(job, samples)),
        "against_baseline": _against_baseline(job, samples, pooled),
        "pool": pooled.to_json() if pooled else None,
        "seen": _seen(job, judged, against, len(others), pooled),
        "edges": edges(job, judged) if job.judges == "winner" else {},
        "energy_overhead": _overhead(job, judged, samples),
        "violates": job.goal.violations(judged.means),
        "front": front(job, samples),
        "search_seconds": search_seconds,
        "retrain_seconds": retrain_seconds,
    }
    return {**verdict, "sentence": sentence(job, judged, verdict, search_seconds / each if search_seconds else 0.0)}


def _judged(job: BaseJob, samples: Sequence[Sample]) -> Sample | None:
    """The searched candidate, or the best of those with all their seeds that keep every constraint."""
    if job.judges == "searched":
        return next((s for s in samples if s.is_searched), None)
    return next(iter(eligible(job, samples)), None)


def _in_order(job: BaseJob, judged: Sample, samples: Sequence[Sample]) -> list[Sample]:
    """The others: in the order of the leaderboard, then by how near those that cannot be taken are."""
    places, sign = {s.label: place for place, s in enumerate(eligible(job, samples))}, job.objective.sign

    def place(one: Sample) -> tuple[int, float]:
        own, theirs = _scores(job, judged, one)
        return places.get(one.label, len(places)), sign * (own.mean - theirs.mean)

    return sorted((s for s in samples if s is not judged), key=place)


def _comparisons(
    job: BaseJob, judged: Sample, others: Sequence[Sample], samples: Sequence[Sample], pooled: Pool | None
) -> list[dict[str, Any]]:
    """Of the judged candidate with each other one, in their order; `p_adjusted` is None where nothing is claimed."""
    both = [_scores(job, judged, s) for s in others]
    p_values = [pair(*scores, pooled) for scores in both]
    corrected = _of_winner if job.judges == "winner" else _of_searched
    adjusted = corrected(job, judged, others, samples, pooled)
    return [
        {
            "label": s.label,
            "origin": s.origin,
            "difference": average(own.values) - average(theirs.values),
            "p": p,
            "p_adjusted": adjusted.get(s.label, p),
            "basis": basis(_is_fresh(job, judged, s)),
        }
        for s, (own, theirs), p in zip(others, both, p_values, strict=True)
    ]


def _of_searched(
    job: BaseJob, judged: Sample, others: Sequence[Sample], samples: Sequence[Sample], pooled: Pool | None
) -> dict[str, float | None]:
    """Those with the searched candidate; the best of the others over fresh seeds is planned and stays as it is."""
    found: dict[str, float | None] = {}
    for fresh in (True, False):
        alike = [s for s in others if _is_fresh(job, judged, s) == fresh and not (fresh and s is others[0])]
        rest = [_scores(job, judged, s)[1] for s in alike]
        control = Scores(judged.label, judged.confirmed if fresh else judged.scores)
        found |= dict(zip((s.label for s in alike), with_control(control, rest, pooled) if rest else (), strict=True))
    return found


def _of_winner(
    job: BaseJob, judged: Sample, others: Sequence[Sample], samples: Sequence[Sample], pooled: Pool | None
) -> dict[str, float | None]:
    """Those with the winner: whether each may be the best; the baseline over fresh seeds is planned and stays as it is.

    Who cannot be taken, since seeds are missing or a constraint is violated, is no rival, and nothing is claimed.
    """
    takeable, base = eligible(job, samples), baseline(job, samples)
    found: dict[str, float | None] = {s.label: None for s in others}
    for fresh in (True, False):
        among = leaders(job, samples) if fresh else takeable[: LISTED + 1]
        alike = [s for s in among if s is judged or _is_fresh(job, judged, s) == fresh]
        scores = [Scores(s.label, s.confirmed if fresh else s.scores) for s in alike]
        if len(alike) > 1:
            p_values = with_best(scores, job.objective.sign, pooled, None if fresh else len(takeable))
            found |= {s.label: p for s, p in zip(alike, p_values, strict=True) if s is not judged}
    if base and base is not judged:
        found.pop(base.label)
        if not _is_fresh(job, judged, base):
            tested = [s for s in samples if s is not base and s.is_complete]
            p_values = with_control(
                Scores(base.label, base.scores), [Scores(s.label, s.scores) for s in tested], pooled
            )
            found[base.label] = p_values[tested.index(judged)]
    return found


def _against_baseline(job: BaseJob, samples: Sequence[Sample], pooled: Pool | None) -> dict[str, Any] | None:
    """How many candidates differ from the baseline, by what the search saw; None where there is no such question."""
    base = baseline(job, samples)
    others = [Scores(s.label, s.scores) for s in samples if s is not base and s.is_complete]
    if base is None or len(others) < 2:
        return None
    control = Scores(base.label, base.scores)
    p_values = with_control(control, others, pooled)
    tested = [p for p in p_values if p is not None]
    differ = [o for o, p in zip(others, p_values, strict=True) if p is not None and p < LEVEL]
    better = sum(job.objective.sign * (o.mean - control.mean) > 0 for o in differ)
    return {"of": len(tested), "better": better, "worse": len(differ) - better} if tested else None


def _seen(job: BaseJob, judged: Sample, other: Sample, others: int, pooled: Pool | None) -> dict[str, Any] | None:
    """The smallest difference that the comparison with this one would have found, and how many seeds half of it needs.

    None where these seeds allow no test.
    """
    own, theirs = _scores(job, judged, other)
    seeds = min(len(own.values), len(theirs.values))
    if seeds < 2:
        return None
    is_pooled = pooled is not None and pooled.takes([own.label, theirs.label])
    if pooled and is_pooled:
        deviation, freedom = pooled.deviation, pooled.freedom
    else:
        deviation, freedom = sqrt((variance(own.values) + variance(theirs.values)) / 2), 2 * (seeds - 1)
    if not deviation > 0:
        return None

    def critical(n: int, free: float) -> float:
        return multiple.critical(LEVEL, n, [n] * others, free, sides=2)

    by = power.planned if _is_fresh(job, judged, other) else critical
    difference = power.smallest(deviation, seeds, freedom, by)
    needed = power.enough(difference / 2, deviation, seeds, freedom, by)
    found = {"difference": difference, "seeds": seeds, "seeds_for_half": needed, "power": power.POWER}
    return {**found, "pooled": is_pooled}


def _is_fresh(job: BaseJob, judged: Sample, other: Sample) -> bool:
    return min(len(judged.confirmed), len(other.confirmed)) >= job.seeds


def _scores(job: BaseJob, judged: Sample, other: Sample) -> tuple[Scores, Scores]:
    """Of both that came about alike: over fresh seeds, which both have, or what the search saw."""
    fresh = _is_fresh(job, judged, other)
    own, theirs = (Scores(s.label, s.confirmed if fresh else s.scores) for s in (judged, other))
    return own, theirs


def _overhead(job: BaseJob, judged: Sample, samples: Sequence[Sample]) -> float | None:
    if "energy" not in judged.means:
        return None
    baselines = {s.label: s for s in samples if s.origin == "baseline" and "energy" in s.means}
    label = job.reference(judged.configuration, {label: s.configuration for label, s in baselines.items()})
    return None if label is None else relative(judged.means["energy"], baselines[label].means["energy"])
