"""Does every stored suggestion follow from the rows it was made from? (`searchsvc audit ID`)

A suggestion is a pure function of the specification, the trial's number and the outcomes told before it; so each is
made again and compared with what is stored: discrete values exactly, floats to 1e-5. What an older release stored is
compared by its meaning: it is read first, which fills in the fields that have come since.
"""

from collections.abc import Iterator
from math import isclose
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc import baselines, confirmation, jobs
from searchsvc.models import Candidate, Trial
from searchsvc.repo import points, runs, searches
from spaces import configuration
from spaces.errors import UserError

TOLERANCE = 1e-5


def audit(session: Session, search_id: UUID) -> tuple[int, list[str]]:
    """How many suggestions were made again, and each difference found.

    Raises:
        NotFoundError: there is no such search.
    """
    search = searches.get(session, search_id)
    job = jobs.read(searches.specification(search))
    strategy = baselines.strategy(job)
    outcomes = runs.outcomes(session, search_id)
    query = select(Trial, Candidate).join(Candidate, Candidate.id == Trial.candidate_id)
    rows = session.execute(query.where(Trial.search_id == search_id).order_by(Trial.number)).all()
    asked = {trial.number: points.point(search.spec, candidate.configuration) for trial, candidate in rows}
    every = asked if "space" in search.spec else {}
    differences: list[str] = []
    confirming: list[tuple[str, int]] = []
    for trial, candidate in rows:
        if trial.phase == "confirm":
            confirming.append((candidate.label, trial.seed))
            continue
        seen = runs.seen(outcomes, trial.asked_after)
        told = {outcome.number for outcome in seen}
        pending = {n: point for n, point in every.items() if n < trial.number and n not in told}
        suggestion = strategy.suggest(trial.number, seen, pending)
        if suggestion is None:
            differences.append(f"trial {trial.number}: stored, but nothing would be suggested")
            continue
        made = {"seed": suggestion.seed, "configuration": suggestion.candidate.configuration.model_dump(mode="json")}
        stored = {"seed": trial.seed, "configuration": _as_written_today(candidate.configuration)}
        differences += [f"trial {trial.number}: {line}" for line in _differences(made, stored, "")]
    if confirming or search.state == "succeeded":
        repeats = confirmation.repeats(job, runs.samples(session, search_id))
        differences += [
            f"confirmed leaders: {line}"
            for line in _differences([list(r) for r in repeats], [list(r) for r in confirming], "")
        ]
    return len(rows), differences


def _as_written_today(stored: dict[str, Any]) -> dict[str, Any]:
    try:
        return configuration.read(stored).model_dump(mode="json")
    except UserError:
        return stored  # and so it differs


def _differences(made: Any, stored: Any, path: str) -> Iterator[str]:
    if isinstance(made, dict) and isinstance(stored, dict) and made.keys() == stored.keys():
        for key in made:
            yield from _differences(made[key], stored[key], f"{path}.{key}" if path else key)
    elif isinstance(made, list) and isinstance(stored, list) and len(made) == len(stored):
        for i, pair in enumerate(zip(made, stored, strict=True)):
            yield from _differences(*pair, f"{path}.{i}")
    elif isinstance(made, float) and isinstance(stored, float | int):
        if not isclose(made, stored, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"{path}: stored {stored}, made again {made}"
    elif made != stored:
        yield f"{path}: stored {stored!r}, made again {made!r}"
