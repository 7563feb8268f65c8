"""A search with as many finished trials as one likes, by bulk SQL."""

import random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from searchsvc.metrics import catalog
from searchsvc.store.tables import Candidate, CandidateMetric, Search, Trial, uuid7
from spaces import configuration

SEEDS = 3
NEURONS = ("lif", "llif", "slif")
CHUNK = 1000  # candidates
MEASURED = ("accuracy/validation", "accuracy/test", *(name for name in catalog.costs() if name in catalog.told()))


def fill(session: Session, search_id: UUID, trials: int) -> None:
    """`trials` finished trials of a running search, three of each candidate."""
    draw = random.Random(0)
    for first in range(0, trials // SEEDS, CHUNK):
        numbers = range(first, min(first + CHUNK, trials // SEEDS))
        made = [_candidate(search_id, number, draw) for number in numbers]
        ids = session.scalars(insert(Candidate).returning(Candidate.id, sort_by_parameter_order=True), made).all()
        values = [{name: draw.random() for name in MEASURED} for _ in ids]
        session.execute(
            insert(CandidateMetric), [m for pair in zip(ids, values, strict=True) for m in _metrics(search_id, *pair)]
        )
        rows = zip(numbers, ids, values, strict=True)
        session.execute(insert(Trial), [_trial(search_id, *row, seed) for row in rows for seed in range(SEEDS)])
    search = session.get_one(Search, search_id)
    search.state = "running"
    search.total_trials = search.trial_count = search.tell_count = trials


def _candidate(search_id: UUID, number: int, draw: random.Random) -> dict[str, Any]:
    neurons = draw.choices(NEURONS, k=5)
    config = configuration.read(
        {"network": "vgg", "neurons": neurons, "input_shape": [1, 8, 8], "classes": 10, "task": "digits"}
    )
    return {
        "search_id": search_id,
        "number": number,
        "origin": "random",
        "label": f"random {number}",
        "phase": "retrain",
        "configuration": config.model_dump(mode="json"),
    }


def _metrics(search_id: UUID, candidate: int, values: dict[str, float]) -> list[dict[str, Any]]:
    return [
        {
            "candidate_id": candidate,
            "search_id": search_id,
            "metric": name,
            "n": SEEDS,
            "mean": value,
            "m2": 0.001,
        }
        for name, value in values.items()
    ]


def _trial(search_id: UUID, number: int, candidate: int, values: dict[str, float], seed: int) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "search_id": search_id,
        "candidate_id": candidate,
        "number": SEEDS * number + seed,
        "seed": seed,
        "phase": "retrain",
        "state": "done",
        "steps": 6,
        "asked_after": 0,
        "tell_no": SEEDS * number + seed + 1,
        "started": 1.0,
        "finished": 2.0,
        "metrics": values,
    }
