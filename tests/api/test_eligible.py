"""One order everywhere: who leads is the star, what is pulled and the pictures' best, or its row says why not."""

from collections.abc import Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select

from searchsvc import kinds
from searchsvc.client.answers import Row
from searchsvc.service.sources import StoredSearch
from searchsvc.store.control import searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Candidate, CandidateMetric, Search, Trial
from tests.api.test_pages import page
from tests.bench.filled import SEEDS, fill
from tests.specs import TINY_SWEEP

ASHA = {**TINY_SWEEP, "scheduler": {"name": "asha"}}


def filled(database: Database, early: Sequence[int] = (), lacking: int | None = None) -> str:
    """A search of 12 trials, of whose candidates, by rank, some were ended early and one lacks a seed."""
    with database.write() as session:
        search = searches.submit(session, kinds.read(ASHA))
        fill(session, search.id, 12)
        for candidate in session.scalars(select(Candidate).order_by(Candidate.number.desc())).all():
            candidate.number += 1  # as a search numbers them
            session.flush()
        search.state, metric = "succeeded", search.goal.objective.metric
        ranked = select(Candidate).join(CandidateMetric, CandidateMetric.candidate_id == Candidate.id)
        ranked = ranked.where(Candidate.search_id == search.id, CandidateMetric.metric == metric)
        rows = session.scalars(ranked.order_by(CandidateMetric.mean.desc(), Candidate.id)).all()
        for candidate in (rows[place] for place in early):
            session.execute(delete(CandidateMetric).where(CandidateMetric.candidate_id == candidate.id))
            for trial in session.scalars(select(Trial).where(Trial.candidate_id == candidate.id)):
                trial.state, trial.score, trial.tell_no = "pruned", None, None
        if lacking is not None:
            rows[lacking].seeds = SEEDS + 1
        return str(search.id)


def board(client: TestClient, search: str, query: str = "") -> Any:
    return client.get(f"/v1/searches/{search}/leaderboard{query}").json()


def test_candidates_whose_trials_were_all_ended_early_stand_behind(client: TestClient, database: Database) -> None:
    search = filled(database, early=(0, 2))
    found = board(client, search)
    early = [row["ended_early"] for row in found["rows"]]
    assert early == [False] * (len(early) - 2) + [True] * 2 and len(early) > 3
    assert [row["rank"] for row in found["rows"]] == list(range(1, len(early) + 1))
    assert all(row["metrics"] == {} for row in found["rows"][-2:]) and found["rows"][0]["is_best"]
    shown = page(client, f"/searches/{search}")
    assert sum("ended early" in text for attrs, text in shown.all("tr") if "id" in attrs) == 2
    assert all("0/" in text for text in shown.column("seeds")[-2:])
    assert Row(**found["rows"][-1]).notes == ["ended early"]
    one_by_one, cursor = [], ""
    while cursor is not None:
        answer = board(client, search, f"?limit=1{cursor and f'&cursor={cursor}'}")
        one_by_one, cursor = one_by_one + answer["rows"], answer["next_cursor"]
    assert one_by_one == found["rows"]
    by_energy = board(client, search, "?sort=energy")["rows"]
    assert len(by_energy) == len(early) - 2  # who lacks what is asked for is left out
    assert len(client.get(f"/v1/searches/{search}/leaderboard?format=csv").text.splitlines()) == 1 + len(early)


def test_the_page_counts_what_it_shows(client: TestClient, database: Database) -> None:
    search = filled(database)
    count = len(board(client, search)["rows"])
    assert f"{count} candidates" in client.get(f"/searches/{search}").text
    with database.write() as session:
        first = session.scalars(select(CandidateMetric.candidate_id).limit(1)).one()
        session.execute(delete(CandidateMetric).where(CandidateMetric.candidate_id == first))
        for trial in session.scalars(select(Trial).where(Trial.candidate_id == first)):
            trial.state = "failed"
    assert f"{count - 1} of {count} candidates; the others have no result" in client.get(f"/searches/{search}").text


@pytest.mark.parametrize("lacking", [None, 0])
def test_the_first_row_is_the_best_or_says_why_not(client: TestClient, database: Database, lacking: int | None) -> None:
    search = filled(database, lacking=lacking)
    rows = board(client, search)["rows"]
    best = next(row for row in rows if row["is_best"])
    assert client.get(f"/v1/searches/{search}/best").json()["manifest"]["label"] == best["label"]
    assert rows.index(best) == (0 if lacking is None else 1)
    assert [Row(**row).notes for row in rows[:2]] == [[] if lacking is None else ["lacks 1 seed"], []]
    assert client.get(f"/searches/{search}").text.count("lacks 1 seed") == (lacking is not None)
    with database.read() as session:
        source = StoredSearch(session, session.scalars(select(Search)).one())
        assert source.leaderboard()[0].label == best["label"]
