"""Does a database keep the promise? Every acknowledged search and every recorded result survives; results are recorded
exactly once; execution is at least once.

Shares no code with the service: rows come from `rows`, what clients were told from their journal, and what each trial
must have scored (`golden`) from runs in a clean process. `check` returns violations, one line each; none is the proof.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isclose
from pathlib import Path
from typing import Any

from tests.faults.halving import wrong_decisions
from tests.faults.rows import Row, Tables, by, load

# (name of the search, number of the trial) -> its score, then the training loss of each step
Golden = Mapping[tuple[str, int], Sequence[float]]
FINAL = ("succeeded", "failed", "cancelled")
ENDED = {"done": "trial_done", "failed": "trial_failed", "pruned": "trial_pruned", "cancelled": "trial_cancelled"}
COSTS = ("parameters", "energy", "sops", "updates", "firing_rate", "latency", "seconds")
COUNTED = {  # metric of candidate_metric -> phase and metric of trial
    **{name: ("retrain", name) for name in ("accuracy/validation", "accuracy/test", *COSTS)},
    **{f"{name}_confirmed": ("confirm", name) for name in ("accuracy/validation", "accuracy/test")},
}


def check(url: str, journal: Path | None = None, golden: Golden | None = None) -> list[str]:
    """Violations of the promise in the database of `url`; empty if it kept it."""
    tables, damage = load(url)
    answers = [json.loads(line) for line in journal.read_text().splitlines()] if journal else []
    retried = {event["search_id"] for event in tables["event"] if event["kind"] == "retried"}
    return [*damage, *_acknowledged(tables["search"], answers, retried), *check_tables(tables, golden)]


def check_tables(tables: Tables, golden: Golden | None = None, *, decisions: bool = True) -> list[str]:
    """What must hold at every moment, whatever has happened; `decisions`: also what the scheduler decided."""
    of_search = {name: by(tables[name], "search_id") for name in ("trial", "event", "report", "candidate")}
    reports, metrics = by(tables["report"], "trial_id"), by(tables["candidate_metric"], "candidate_id")
    found: list[str] = []
    for search in tables["search"]:
        trials, events, reported, candidates = (of_search[name][search["id"]] for name in of_search)
        for problem in (
            *_numbered("events", events, search["event_count"]),
            *_numbered("reports", reported, search["report_count"]),
            *_tells(search, trials),
            *_endings(search, trials, events),
            *_takeovers(search, events),
            *_once(trials, events),
            *_identities(search, candidates, trials, events),
            *_starts(candidates, trials),
            *(wrong_decisions(search, trials, reported) if decisions else ()),
            *(p for trial in trials for p in _reports(trial, reports[trial["id"]])),
            *(p for t in trials if golden for p in _exact(t, reports[t["id"]], golden[search["name"], t["number"]])),
            *(p for c in candidates for p in _means(c, trials, metrics[c["id"]])),
        ):
            found.append(f"search {search['id']} ({search['name']}, {search['state']}): {problem}")
    return found


def _acknowledged(searches: list[Row], answers: Sequence[Row], retried: set[str]) -> Iterator[str]:
    """What clients were told: nothing acknowledged is lost, nothing final changes, a repeated request counts once.

    What has failed may be `retried`.
    """
    stored = {search["id"]: search for search in searches}
    keys: dict[str, set[str]] = {}
    for answer in answers:
        search = stored.get(answer["id"].replace("-", ""))
        if search is None:
            yield f"acknowledged search {answer['id']} is lost"
            continue
        if key := answer.get("key"):
            keys.setdefault(key, set()).add(search["id"])
        state = answer.get("state")
        if state in FINAL and search["state"] != state and not (state == "failed" and search["id"] in retried):
            yield f"search {search['id']}: answered {state}, now {search['state']}"
        if state == "cancelling" and search["state"] != "cancelled" and search["state"] in FINAL:
            yield f"search {search['id']}: its cancellation was acknowledged, yet it {search['state']}"
        if answer.get("done", 0) > search["tell_count"]:
            yield f"search {search['id']}: answered {answer['done']} results, now {search['tell_count']}"
    yield from (f"key {key} made {len(made)} searches" for key, made in keys.items() if len(made) > 1)
    if keys and len(stored) > len(keys):
        yield f"{len(stored)} searches, but only {len(keys)} were submitted"


def _numbered(what: str, rows: list[Row], count: int) -> Iterator[str]:
    numbers = sorted(row["number"] for row in rows)
    if numbers != list(range(1, count + 1)):
        yield f"{what} are numbered {_brief(numbers)}, the counter says {count}"


def _tells(search: Row, trials: list[Row]) -> Iterator[str]:
    told = sorted(trial["tell_no"] for trial in trials if trial["tell_no"] is not None)
    if told != list(range(1, search["tell_count"] + 1)):
        yield f"outcomes are told as {_brief(told)}, the counter says {search['tell_count']}"
    for trial in trials:
        if (trial["state"] == "done") and (trial["tell_no"] is None or trial["score"] is None):
            yield f"trial {trial['number']} is done without a tell or a score"
        if trial["state"] in ("pending", "running", "failed", "cancelled") and trial["tell_no"] is not None:
            yield f"trial {trial['number']} is {trial['state']}, yet told as {trial['tell_no']}"


def _endings(search: Row, trials: list[Row], events: list[Row]) -> Iterator[str]:
    states = Counter(trial["state"] for trial in trials)
    numbers = sorted(trial["number"] for trial in trials)
    if numbers != list(range(search["trial_count"])):
        yield f"trials are numbered {_brief(numbers)}, the counter says {search['trial_count']}"
    if states["failed"] != search["failed_count"]:
        yield f"{states['failed']} failed trials, the counter says {search['failed_count']}"
    told = [event["kind"] for event in events if event["kind"] in FINAL]
    retries = sum(event["kind"] == "retried" for event in events)
    if told != ["failed"] * retries + ([search["state"]] if search["state"] in FINAL else []):
        yield f"final events are {told}"
    if search["state"] in FINAL and (left := states["pending"] + states["running"]):
        yield f"it has ended with {left} unfinished trials"
    if search["state"] == "succeeded" and search["trial_count"] != search["total_trials"]:
        yield f"it has ended with {search['trial_count']} trials, its total says {search['total_trials']}"
    if search["state"] == "succeeded" and states["done"] + states["pruned"] + states["failed"] < search["total_trials"]:
        yield f"it has {dict(states)} of {search['total_trials']} trials"


def _takeovers(search: Row, events: list[Row]) -> Iterator[str]:
    ordered = sorted(events, key=lambda event: event["number"])
    epochs = [event["body"]["epoch"] for event in ordered if event["kind"] == "claimed"]
    if epochs != list(range(1, search["epoch"] + 1)):
        yield f"claims have epochs {_brief(epochs)}, the counter says {search['epoch']}"


def _once(trials: list[Row], events: list[Row]) -> Iterator[str]:
    """One terminal event for each trial that ended, none for another; one start for each attempt at most.

    A trial that is retried has not ended any more.
    """
    ends: Counter[tuple[str, int]] = Counter()
    for event in sorted(events, key=lambda event: event["number"]):
        if event["kind"] in ENDED.values():
            ends[event["kind"], event["body"]["trial"]] += 1
        elif event["kind"] == "trial_retried":
            ends -= Counter({(kind, event["body"]["trial"]): 1 for kind in ("trial_failed", "trial_cancelled")})
    expected = Counter((ENDED[t["state"]], t["number"]) for t in trials if t["state"] in ENDED)
    for kind, number in sorted((ends - expected) | (expected - ends)):
        yield f"trial {number} has {ends[kind, number]} events {kind}, expected {expected[kind, number]}"
    starts = Counter((e["body"]["trial"], e["body"]["attempt"]) for e in events if e["kind"] == "trial_started")
    yield from (f"trial {n} started {k} times as attempt {a}" for (n, a), k in starts.items() if k > 1)
    reported = Counter(e["body"]["trial"] for e in events if e["kind"] == "report")
    tells = {e["body"]["trial"]: e["body"].get("tell") for e in events if e["kind"] == "trial_done"}
    for trial in trials:
        if trial["state"] == "done" and tells.get(trial["number"]) != trial["tell_no"]:
            yield f"trial {trial['number']} is told as {trial['tell_no']}, its event says {tells.get(trial['number'])}"
        if trial["state"] == "done" and reported[trial["number"]] < trial["steps"]:
            yield f"trial {trial['number']} has {reported[trial['number']]} events of {trial['steps']} steps"


def _identities(search: Row, candidates: list[Row], trials: list[Row], events: list[Row]) -> Iterator[str]:
    """A configuration is one candidate with labels of its own, and runs with a seed once."""
    runs = Counter((trial["candidate_id"], trial["seed"]) for trial in trials)
    yield from (f"candidate {key[0]} has {count} trials of seed {key[1]}" for key, count in runs.items() if count > 1)
    labels = Counter(label for c in candidates for label in (c["label"], *c["aliases"]))
    yield from (f"{count} candidates are called {label}" for label, count in labels.items() if count > 1)
    named = [(e["body"]["candidate"], e["body"]["alias"]) for e in events if e["kind"] == "candidate_named"]
    aliases = [(c["number"], alias) for c in candidates for alias in c["aliases"]]
    if sorted(named) != sorted(aliases):
        yield f"candidates have further labels {sorted(aliases)}, the events say {sorted(named)}"
    if "when_exhausted" in search["spec"]:  # earlier releases had copies
        same = Counter(json.dumps([c["configuration"], c["parent"]], sort_keys=True) for c in candidates)
        yield from (f"{count} candidates have one configuration and parent" for count in same.values() if count > 1)


def _starts(candidates: list[Row], trials: list[Row]) -> Iterator[str]:
    """Who starts from a trial's weights was asked for once that had ended well; a parent comes before its child."""
    numbered = {trial["number"]: trial for trial in trials}
    for trial in trials:
        if (start := trial["start_from"]) is not None:
            told = numbered[start]["tell_no"] if start in numbered else None
            if told is None or told > trial["asked_after"]:
                yield f"trial {trial['number']} starts from trial {start}, which was told as {told}, after it was asked"
    numbers = {candidate["number"] for candidate in candidates}
    for candidate in candidates:
        parent = candidate["parent"]
        if parent is not None and not (parent in numbers and parent < candidate["number"]):
            yield f"candidate {candidate['number']} was made from {parent}, which is not among those before it"


def _exact(trial: Row, reports: list[Row], expected: Sequence[float]) -> Iterator[str]:
    """Every bit as in a process that saw no fault, whichever attempt got that far."""
    score, *losses = expected
    if trial["state"] == "done" and trial["score"] != score:
        yield f"trial {trial['number']} scored {trial['score']!r}, a clean run {score!r}"
    for report in reports:
        if losses and report["metrics"]["train_loss"] != losses[report["step"] - 1]:
            yield f"trial {trial['number']} reported {report['metrics']} at step {report['step']}, a clean run {losses}"


def _reports(trial: Row, reports: list[Row]) -> Iterator[str]:
    """Attempts go on where a checkpoint of an earlier one ended, without a gap, and repeat its numbers exactly."""
    who, seen = f"trial {trial['number']}", {}
    for attempt, rows in sorted(by(reports, "attempt").items()):
        steps = sorted(row["step"] for row in rows)
        if steps != list(range(steps[0], steps[0] + len(steps))) or steps[0] > max(seen, default=0) + 1:
            yield f"{who}: attempt {attempt} reported steps {_brief(steps)} after {max(seen, default=0)}"
        if attempt > trial["attempt"]:
            yield f"{who}: reports of attempt {attempt}, it is at {trial['attempt']}"
        for row in rows:
            if seen.setdefault(row["step"], row["metrics"]) != row["metrics"]:
                yield f"{who}: attempt {attempt} reported {row['metrics']} for step {row['step']}, not as before"
    if trial["state"] == "done" and sorted(seen) != list(range(1, trial["steps"] + 1)):
        yield f"{who} is done with reports of steps {_brief(sorted(seen))} of {trial['steps']}"


def _means(candidate: Row, trials: list[Row], metrics: list[Row]) -> Iterator[str]:
    done = [t for t in trials if t["candidate_id"] == candidate["id"] and t["state"] == "done"]
    rows = {row["metric"]: row for row in metrics}
    for key, (phase, name) in COUNTED.items():
        values = [trial["metrics"][name] for trial in done if trial["phase"] == phase and name in trial["metrics"]]
        row = rows.pop(key, {"n": 0, "mean": 0.0, "m2": 0.0})
        if not _agree(row, values):
            yield f"candidate {candidate['number']}: {key} is {row['n'], row['mean'], row['m2']}, its trials {values}"
    yield from (f"candidate {candidate['number']}: unexpected metric {key}" for key in rows)


def _agree(row: Mapping[str, Any], values: list[float]) -> bool:
    """Count, mean and sum of squared deviations, recomputed from the trials, to nine digits."""
    mean = sum(values) / len(values) if values else 0.0
    m2 = sum((value - mean) ** 2 for value in values)
    scale = max(map(abs, values), default=0.0) ** 2 * 1e-9
    return (
        row["n"] == len(values)
        and isclose(row["mean"], mean, rel_tol=1e-9)
        and isclose(row["m2"], m2, rel_tol=1e-9, abs_tol=scale)
    )


def _brief(numbers: Iterable[int]) -> str:
    """Enough to see what is wrong.

    >>> _brief([1, 2, 2])
    '[1, 2, 2]'
    """
    shown = list(numbers)
    return str(shown) if len(shown) <= 12 else f"{len(shown)} numbers from {shown[0]} to {shown[-1]}"
