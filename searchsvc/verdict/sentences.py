"""What a verdict says to people."""

from collections.abc import Sequence
from typing import Any

from searchsvc.kinds import BaseJob
from searchsvc.metrics import catalog
from searchsvc.metrics.names import ACCURACY, on_test
from searchsvc.metrics.words import UNTESTED, shown
from searchsvc.strategy import Sample, average
from searchsvc.verdict.comparing import LEVEL

NAMED = 6  # in a sentence


def sentence(job: BaseJob, judged: Sample, verdict: dict[str, Any], cost: float) -> str:
    """Of a verdict that says everything else; what the search cost, in retrainings, closes that on a super network."""
    subject = f"{_subject(job, judged, verdict)}{_of_the_front(job, verdict['front'])}"
    grounds = f"{_variances(job, verdict)}{_seen(job, verdict['seen'])}"
    if job.judges == "winner":
        said = f"{_against_baseline(job, verdict)}{_leaders(job, judged, verdict['leaders'])}"
        return f"{subject}{said or f' Its difference from the others {UNTESTED}.'}{grounds}{_edges(verdict['edges'])}"
    price = f"Searching cost as much training time as {cost:.1f} retrainings."
    return f"{subject} {_against_the_best(job, verdict['comparisons'][0])}{grounds} {price}"


def no_verdict(job: BaseJob, judged: Sample | None, samples: Sequence[Sample]) -> str:
    """Why there is none on a search that succeeded."""
    ended = "were ended early by the scheduler, or failed" if job.scheduler else "failed"
    complete = [s for s in samples if s.is_complete]
    if judged is not None:
        why = (
            f"{judged.label} is all that has a result, so there is nothing to compare it with; all other trials {ended}"
        )
    elif job.judges == "searched":
        why = f"the searched placement has no result, since its trials {ended}"
    elif complete:
        why = f"each of the {len(complete)} candidates with all seeds violates a constraint; the leaderboard says which"
    else:
        why = f"no candidate has a result for each of its seeds, since trials {ended}"
    return f"There is no verdict: {why}."


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
    gap, p, metric = best["difference"], best["p_adjusted"], job.objective.metric
    if p is None:
        distance = shown(metric, abs(gap), difference=True).removeprefix("+")
        verdict, test = f"{distance} {'above' if gap > 0 else 'below'}", UNTESTED
    else:
        better = "better than" if job.objective.sign * gap > 0 else "worse than"
        verdict = better if p < LEVEL else "not significantly different from"
        test = f"{shown(metric, gap, difference=True)}{_planned(best)} p = {p:.2g}"
    return f"It is {verdict} the best of the others, {best['label']} ({test})."


def _planned(comparison: dict[str, Any]) -> str:
    if comparison["basis"] == "fresh seeds":
        return " over fresh seeds, one planned comparison;"
    return "; corrected for all candidates,"


def _against_baseline(job: BaseJob, verdict: dict[str, Any]) -> str:
    """On the baseline; nothing where there are many, which are the sweep's own points."""
    baselines = [c for c in verdict["comparisons"] if c["origin"] == "baseline"]
    found = ""
    if len(baselines) == 1:
        (baseline,) = baselines
        gap, p = shown(job.objective.metric, baseline["difference"], difference=True), baseline["p_adjusted"]
        test = UNTESTED if p is None else f"p = {p:.2g}{', significant' if p < LEVEL else ', not significant'}"
        how = " over fresh seeds, one planned comparison" if baseline["basis"] == "fresh seeds" else ""
        found = f" Against the baseline, {baseline['label']}{how}: {gap} ({test})."
    return found + _differ_from_baseline(verdict["against_baseline"])


def _differ_from_baseline(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    if not found["better"] + found["worse"]:
        said = f"none of {found['of']} candidates differs significantly from the baseline"
    else:
        better, worse = found["better"] or "none", found["worse"] or "none"
        said = f"significantly better than the baseline: {better} of {found['of']} candidates, worse: {worse}"
    return f" By what the search saw, {said} (Dunnett's test)."


def _leaders(job: BaseJob, judged: Sample, standing: dict[str, Any] | None) -> str:
    """Which of them may be the best, with 95 % confidence."""
    if standing is None:
        return ""
    p_values, fresh = standing["p"], " over fresh seeds" if standing["basis"] == "fresh seeds" else ""
    if not any(p is not None for p in p_values.values()):
        return f" Which of the leaders is best {UNTESTED}."
    named = _named(standing["similar"])
    if standing["similar"] == [judged.label]:
        said = f"{named} alone may be the best"
    else:
        said = f"these may be the best: {named}" if named else "none can be told to be the best"
    if judged.label in p_values and judged.label not in standing["similar"]:
        said += ", and not the winner"
    test = "Hsu's multiple comparisons with the best, 95 %"
    return f" Of the {len(p_values)} leaders{fresh}, {said} ({test})."


def _variances(job: BaseJob, verdict: dict[str, Any]) -> str:
    if verdict["seen"] is None:
        return ""
    if (pool := verdict["pool"]) is None:
        return " Variances differ between candidates, so each counts by its own (Welch's test)."
    if not verdict["seen"]["pooled"]:
        return " Those compared vary more than the others between seeds, so their own variances count (Welch's test)."
    out = f" without {_named(pool['left_out'])}, which vary more" if pool["left_out"] else ""
    gross = ", a test that sees only gross differences with two seeds" if verdict["seen"]["seeds"] == 2 else ""
    return (
        f" Variances are pooled over {pool['candidates']} candidates{out}: ± {_width(job, pool['deviation'])} between "
        f"seeds, {pool['freedom']} degrees of freedom; Cochran's test allows it{gross}."
    )


def _seen(job: BaseJob, seen: dict[str, Any] | None) -> str:
    if seen is None:
        return ""
    seeds = seen["seeds_for_half"]
    half = f"{seeds} seeds would see half of it" if seeds else "no affordable number of seeds would see half of it"
    size, often = _width(job, seen["difference"]), f"{100 * seen['power']:.0f} %"
    return f" Such a comparison finds a true difference of {size} in {often} of searches; {half}."


def _edges(found: dict[str, list[str]]) -> str:
    if not found:
        return ""
    named = _named([f"{name} ({'; '.join(at)})" for name, at in found.items()])
    return f" The winner lies at an edge of the space, so a wider one may hold better: {named}."


def _width(job: BaseJob, value: float) -> str:
    return shown(job.objective.metric, value, difference=True).removeprefix("+")


def _named(labels: list[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return "; ".join(labels[:NAMED]) + more
