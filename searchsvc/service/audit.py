"""Does every stored suggestion follow from the rows it was made from? (`searchsvc audit ID`)

A suggestion is a pure function of the specification, the trials asked for and the outcomes told before it; so each is
made again and compared with what is stored: discrete values exactly, floats to 1e-5. What an older release stored is
compared by its meaning: it is read first, which fills in the fields that have come since.
"""

from collections.abc import Iterator, Mapping
from math import isclose
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc import baselines, kinds
from searchsvc.store.control import history, searches
from searchsvc.store.tables import Candidate, Search, Trial
from searchsvc.strategy import Suggestion
from searchsvc.verdict import confirmation
from spaces import body
from spaces.errors import UserError

TOLERANCE = 1e-5


def audit(session: Session, search_id: UUID) -> tuple[int, list[str]]:
    """How many suggestions were made again, and each difference found.

    Raises:
        NotFoundError: there is no such search.
    """
    search = searches.get(session, search_id)
    job = kinds.read(searches.specification(search))
    strategy = baselines.strategy(job)
    outcomes = history.outcomes(session, search_id)
    query = select(Trial, Candidate).join(Candidate, Candidate.id == Trial.candidate_id)
    rows = session.execute(query.where(Trial.search_id == search_id).order_by(Trial.number)).all()
    asked = history.asked(session, search_id)
    labels: dict[int | None, str] = {candidate.number: candidate.label for _, candidate in rows}
    differences: list[str] = []
    confirming: list[tuple[str, int]] = []
    for trial, candidate in rows:
        if trial.phase == "confirm":
            confirming.append((candidate.label, trial.seed))
            continue
        suggestion = strategy.suggest(asked[: trial.number], history.seen(outcomes, trial.asked_after))
        found = _compared(suggestion, trial, candidate, labels.get(candidate.parent))
        differences += [f"trial {trial.number}: {line}" for line in found]
    differences += _names(session, search, job.names(outcomes))
    if confirming or search.state == "succeeded":
        repeats = confirmation.repeats(job, history.samples(session, search_id))
        differences += [
            f"confirmed leaders: {line}"
            for line in _differences([list(r) for r in repeats], [list(r) for r in confirming], "")
        ]
    return len(rows), differences


def _compared(made: Suggestion | None, trial: Trial, candidate: Candidate, parent: str | None) -> Iterator[str]:
    """What is stored of a trial with what would be suggested for it."""
    if made is None:
        yield "stored, but nothing would be suggested"
        return
    again = {
        "seed": made.seed,
        "configuration": made.candidate.body.model_dump(mode="json"),
        "start_from": made.start_from,
        "parent": made.candidate.parent,
    }
    stored = {
        "seed": trial.seed,
        "configuration": _as_written_today(candidate.configuration),
        "start_from": trial.start_from,
        "parent": parent,
    }
    yield from _differences(again, stored, "")


def _names(session: Session, search: Search, names: Mapping[str, str]) -> Iterator[str]:
    """Further labels; a search that runs may not have got there."""
    candidates = session.scalars(select(Candidate).where(Candidate.search_id == search.id)).all()
    stored = {alias: candidate.label for candidate in candidates for alias in candidate.aliases}
    if stored or search.state == "succeeded":
        yield from _differences(dict(names), stored, "further labels")


def _as_written_today(stored: dict[str, Any]) -> dict[str, Any]:
    try:
        return body.read(stored).model_dump(mode="json")
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
