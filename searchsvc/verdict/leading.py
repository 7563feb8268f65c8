"""A search's leaders: the best of those that may be taken, and which of them may be the best of all."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from searchsvc.kinds import BaseJob
from searchsvc.strategy import Sample, rounded
from searchsvc.verdict.comparing import LEVEL, Scores, with_best
from searchsvc.verdict.pooling import pool
from searchsvc.verdict.spread import Rivals, spreads

LEADERS = 3  # that are compared where none are confirmed, or one alone


def rivals(job: BaseJob, samples: Sequence[Sample]) -> Rivals:
    """Of all candidates."""
    return Rivals(len(eligible(job, samples)), spreads(samples))


def standing(job: BaseJob, leaders: Sequence[Sample], among: Rivals) -> dict[str, Any] | None:
    """Which of a search's leaders, best first, may be the best (`comparing.with_best`).

    By label `p` (None: these seeds allow no test) and the `difference` of its mean from the best of the others', and in
    `similar` the labels of those that may be the best. `basis` says of which scores: over fresh seeds once all leaders
    have them, and then they are compared with each other alone. None where there is nothing to compare.
    """
    if len(leaders) < 2:
        return None
    fresh = all(len(s.confirmed) >= job.seeds for s in leaders)
    pooled, sign = pool(among.spreads), job.objective.sign
    scores = [Scores(s.label, s.confirmed if fresh else s.scores) for s in leaders]
    found = with_best(scores, sign, pooled, None if fresh else among.count)
    p_values = {one.label: p for one, p in zip(scores, found, strict=True)}
    best, second, *_ = sorted((sign * one.mean for one in scores), reverse=True)
    others = {one.label: sign * (second if sign * one.mean == best else best) for one in scores}
    return {
        "basis": basis(fresh),
        "first": leaders[0].label,
        "p": p_values,
        "difference": {one.label: rounded(one.mean - others[one.label]) for one in scores},
        "similar": [label for label, p in p_values.items() if p is not None and p >= LEVEL],
        "pool": pooled.to_json() if pooled else None,
    }


def basis(fresh: bool) -> str:
    return "fresh seeds" if fresh else "search"


def leaders(job: BaseJob, samples: Sequence[Sample], count: int | None = None) -> list[Sample]:
    """The best so many candidates: by default as many as `standing` compares."""
    return eligible(job, samples)[: compared(job) if count is None else count]


def compared(job: BaseJob) -> int:
    """How many leaders are compared: those that are confirmed, if these are several."""
    return job.confirm if job.confirm > 1 else LEADERS


def eligible(job: BaseJob, samples: Sequence[Sample]) -> list[Sample]:
    """Those with all their seeds that keep every constraint, best first: in the order of the leaderboard's means."""
    found = [s for s in samples if s.is_complete and not job.goal.violations(s.means)]
    return sorted(found, key=lambda s: -job.objective.sign * s.means.get(job.objective.metric, s.mean))


def baseline(job: BaseJob, samples: Sequence[Sample]) -> Sample | None:
    """The one that a verdict on a winner names; None where there are several, which are the sweep's own points."""
    found = [s for s in samples if s.origin == "baseline" and s.is_complete]
    return found[0] if job.judges == "winner" and len(found) == 1 else None


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
