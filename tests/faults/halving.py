"""Asynchronous successive halving (Li et al. 2020), written again from its rule, to check recorded decisions with.

At the rungs, steps g, g f, g f^2, ..., a trial stops if its score is below the upper 1/f of those that came there
before it. Decisions depend on the order of reports; so one runner after another must go on in the recorded order.
"""

from collections import defaultdict
from collections.abc import Iterator
from math import isclose

from searchsvc.metrics.names import renamed
from tests.faults.rows import Row


def wrong_decisions(search: Row, trials: list[Row], reports: list[Row]) -> Iterator[str]:
    rule = search["spec"].get("scheduler")
    decided = {trial["id"]: trial for trial in trials if trial["phase"] == "retrain"}
    rungs: dict[int, list[float]] = defaultdict(list)
    for report in sorted(reports, key=lambda report: report["number"]):
        trial, step, expected = decided.get(report["trial_id"]), report["step"], "continue"
        if rule and trial and step < trial["steps"] and step in _rungs(rule, trial["steps"]):
            score, before = renamed(report["metrics"])["accuracy/validation"], rungs[step]
            cutoff = _percentile(before, 1 - 1 / rule["reduction_factor"]) if before else None
            before.append(score)
            if cutoff is not None and isclose(score, cutoff, rel_tol=1e-12):
                continue  # rounding decides
            if cutoff is not None and score < cutoff:
                expected = "stop"
        if report["decision"] != expected:
            yield f"report {report['number']}: decided {report['decision']}, halving says {expected}"


def _rungs(rule: Row, steps: int) -> list[float]:
    rungs = [rule["grace_period"]]
    while rungs[-1] * rule["reduction_factor"] <= steps:
        rungs.append(rungs[-1] * rule["reduction_factor"])
    return rungs


def _percentile(values: list[float], share: float) -> float:
    """With linear interpolation.

    >>> _percentile([3.0, 1.0, 2.0, 5.0], 0.5)
    2.5
    """
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])
