"""What a verdict says to people."""

from typing import Any

from searchsvc.kinds import BaseJob
from searchsvc.metrics import catalog
from searchsvc.metrics.names import ACCURACY, on_test
from searchsvc.metrics.words import UNTESTED, shown
from searchsvc.strategy import Sample, average

LEVEL = 0.05
NAMED = 6  # in a sentence


def sentence(
    job: BaseJob, judged: Sample, verdict: dict[str, Any], comparisons: list[dict[str, Any]], cost: float
) -> str:
    subject = f"{_subject(job, judged, verdict)}{_of_the_front(job, verdict['front'])}"
    if job.judges == "winner":
        return f"{subject}{_against_baseline(job, comparisons)} {_against_each(job, comparisons)}"
    price = f"Searching cost as much training time as {cost:.1f} retrainings."
    return f"{subject} {_against_the_best(job, comparisons[0])} {price}"


def _subject(job: BaseJob, judged: Sample, verdict: dict[str, Any]) -> str:
    metric, n = job.objective.metric, len(judged.scores)
    name = f"The winner is {judged.label}"
    if job.judges == "searched":
        name = f"The searched placement{' is that of ' + judged.label if judged.aliases else ''}"
    parts = [
        shown(metric, judged.mean) + (" on validation" if metric == ACCURACY else f" {metric}"),
        f"{n} seed{'s' if n > 1 else ''}",
        *_unselected(job, judged),
    ]
    if job.judges == "winner" and verdict["energy_overhead"] is not None:
        parts.append(f"energy {100 * verdict['energy_overhead']:+.1f} % against {job.compared_with}")
    if verdict["violates"]:
        parts.append(f"violates {', '.join(verdict['violates'])}")
    return f"{name} ({', '.join(parts)})."


def _unselected(job: BaseJob, judged: Sample) -> list[str]:
    """What selected nothing: the objective over fresh seeds, and the test part's score, over those if there are any."""
    found = []
    if count := len(judged.confirmed):
        value = shown(job.objective.metric, average(judged.confirmed))
        found.append(f"{value} over {count} fresh seed{'s' if count > 1 else ''}")
    for metric in catalog.scores():
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
        verdict, test = f"{distance} {'above' if gap > 0 else 'below'}", UNTESTED
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
    p = baseline["p_holm"]
    test = f" ({UNTESTED})" if p is None else f" (Welch, Holm-corrected p = {p:.2g})"
    gap = shown(job.objective.metric, baseline["difference"], difference=True)
    fresh = ", over fresh seeds" if baseline["basis"] == "fresh seeds" else ""
    return f" Against the baseline, {baseline['label']}{fresh}: {gap}{test}."


def _against_each(job: BaseJob, comparisons: list[dict[str, Any]]) -> str:
    tested = [c for c in comparisons if c["p_holm"] is not None]
    if not tested:
        return f"Its difference from the others {UNTESTED}."
    differ = [c for c in tested if c["p_holm"] < LEVEL]
    better = [c["label"] for c in differ if job.objective.sign * c["difference"] > 0]
    worse = [c["label"] for c in differ if c["label"] not in better]
    alike = [c["label"] for c in tested if c not in differ]
    test = f"(Welch, Holm-corrected p < {LEVEL:g})"
    own = f"{_not_tested(comparisons)}{_by_its_own_scores(comparisons)}"
    if not better + worse:
        return f"It differs significantly from none of the {len(alike)} others {test}.{own}"
    found = [f"{word} than {_named(labels)}" for word, labels in (("better", better), ("worse", worse)) if labels]
    rest = f", and does not differ so from {_named(alike)}" if alike else ""
    return f"It is significantly {' and '.join(found)} {test}{rest}.{own}"


def _not_tested(comparisons: list[dict[str, Any]]) -> str:
    labels = [c["label"] for c in comparisons if c["p_holm"] is None]
    return f" Its difference from {_named(labels)} {UNTESTED}." if labels else ""


def _by_its_own_scores(comparisons: list[dict[str, Any]]) -> str:
    """Of whom the verdict speaks by the scores that chose its winner, if others have fresh seeds."""
    own = [c["label"] for c in comparisons if c["basis"] == "search"]
    if not own or len(own) == len(comparisons):
        return ""
    return f" Compared by what the search saw, not by fresh seeds: {_named(own)}."


def _named(labels: list[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return "; ".join(labels[:NAMED]) + more
