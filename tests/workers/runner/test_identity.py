"""A configuration is run, ranked, confirmed and learned from once, whichever strategy finds it, and however often."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

import searchsvc.local
from searchsvc import baselines, kinds
from searchsvc.service.audit import audit
from searchsvc.store import migrate
from searchsvc.store.check import check
from searchsvc.store.control import history, runs, searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Candidate, Event, Search, Trial
from searchsvc.store.views import boards, points
from searchsvc.strategies import wasserstein_bo
from searchsvc.strategies.wasserstein import process
from searchsvc.strategy import Outcome, Suggestion
from searchsvc.testing.strategies import asked
from searchsvc.testing.strategies import trials as trials_of
from searchsvc.training.trials import train
from spaces.errors import UserError
from tests.specs import TINY, TINY_HETEROGENEITY
from tests.workers.driving import ended, get, submit, turn
from tests.workers.inline import InlineExecutor, Make

CELLS: dict[str, Any] = {
    "kind": "heterogeneity",
    "task": "memory_capacity",
    "network": {"name": "reservoir", "units": 20},
    "space": {"cell": {"type": "categorical", "choices": ["rate", "lif"]}},
    "seeds": 3,
    "budget": {"trials": 33},
}
ONE_LAYER = {**TINY, "network": {"name": "vgg", "channels": [4], "strides": [2]}, "confirm": 1}
STRATEGIES = ["wasserstein_bo", "sobol", "random", "sweep"]
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def carry_out(database: Database, tmp_path: Path, make: Make) -> Any:
    def run(spec: dict[str, Any], slots: int = 2) -> Search:
        search_id, runner = submit(database, spec), make(InlineExecutor(tmp_path / "store", slots))
        turn(runner, lambda: ended(database, search_id))
        return get(database, search_id)

    return run


def trials(database: Database, search: Search, phase: str = "retrain") -> list[tuple[str, int]]:
    """The label and seed of each, by number."""
    query = select(Candidate.label, Trial.seed).join(Trial, Trial.candidate_id == Candidate.id)
    with database.read() as session:
        rows = session.execute(query.where(Trial.search_id == search.id, Trial.phase == phase).order_by(Trial.number))
        return [(label, seed) for label, seed in rows]


def check_whole(database: Database, search: Search) -> None:
    with database.read() as session:
        assert audit(session, search.id) == (search.trial_count, [])
    assert check(database.url.render_as_string(hide_password=False)) == (migrate.head(), [])


@SQLITE
@pytest.mark.parametrize(("strategy", "slots"), [("wasserstein_bo", 4), ("sobol", 1), ("random", 4), ("sweep", 1)])
def test_two_points_are_two_candidates(database: Database, carry_out: Any, strategy: str, slots: int) -> None:
    search = carry_out({**CELLS, "strategy": strategy}, slots)
    assert search.state == "succeeded"
    assert trials(database, search) == [(label, seed) for label in ("as given", "point 1") for seed in range(3)]
    assert sorted(trials(database, search, "confirm")) == [(n, s) for n in ("as given", "point 1") for s in (3, 4, 5)]
    assert search.total_trials == search.trial_count == search.tell_count == 12
    (other,) = search.conclusion["comparisons"]
    assert {search.conclusion["winner"], other["label"]} == {"as given", "point 1"}
    assert 0 < other["p"] < 1 and 0 < other["p_adjusted"] < 1  # two networks, one comparison
    with database.read() as session:
        rows, _ = boards.leaderboard(session, search.id)
        assert sorted(row.candidate.configuration["network"]["cell"] for row in rows) == ["lif", "rate"]
        assert history.samples(session, search.id)[0].scores != history.samples(session, search.id)[1].scores
    check_whole(database, search)


@SQLITE
def test_what_the_budget_leaves_may_go_to_further_seeds(database: Database, carry_out: Any) -> None:
    search = carry_out({**CELLS, "when_exhausted": "seeds", "confirm": 1, "budget": {"trials": 13}})
    own = trials(database, search)
    assert own[6:] == [(label, seed) for seed in (3, 4, 5) for label in ("as given", "point 1")]  # 12 of 13
    fresh = trials(database, search, "confirm")
    assert {seed for _, seed in fresh} == {6, 7, 8}  # that nothing had before
    with database.read() as session:
        scores = [sample.scores for sample in history.samples(session, search.id)]
    assert [len(set(found)) for found in scores] == [6, 6]
    check_whole(database, search)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_all_candidates_get_equally_many_of_them(strategy: str) -> None:
    found = asked({**CELLS, "strategy": strategy, "when_exhausted": "seeds"})
    own = [(s.candidate.label, s.seed) for s in found]
    assert sorted(own) == sorted((label, seed) for label in ("as given", "point 1") for seed in range(16))  # 32 of 33


@SQLITE
def test_progress_tells_the_truth_from_the_start(database: Database) -> None:
    with database.write() as session:
        assert searches.submit(session, kinds.read({**CELLS, "confirm": 0})).total_trials == 6
        assert searches.submit(session, kinds.read(CELLS)).total_trials == 12
        assert searches.submit(session, kinds.read({**CELLS, "when_exhausted": "seeds"})).total_trials == 38


def test_identical_repeats_are_no_sign_of_little_noise() -> None:
    """Copies have equal scores for equal seeds, so all but the first say nothing: a surrogate takes them for sure."""
    once, copied = (_noise({**CELLS, "strategy": "wasserstein_bo", "when_exhausted": e}) for e in ("end", "copies"))
    assert once[1:] == (6, 2) and copied[1:] == (33, 2)
    assert once[0] > 1.2 * copied[0]


def _noise(spec: dict[str, Any]) -> tuple[float, int, int]:
    """What a surrogate takes for the variance of the noise, from how many scores of how many points."""
    job: Any = kinds.read(spec)
    strategy, told = baselines.strategy(job), list[Outcome]()
    asked = list[Suggestion]()
    while suggestion := strategy.suggest(trials_of(asked), told):
        asked.append(suggestion)
        score = _score(str(suggestion.candidate.point["cell"]), suggestion.seed)
        told.append(Outcome(len(told), score, point=suggestion.candidate.point))
    model: Any = wasserstein_bo.Strategy(job)
    observed = model._observations(model._scored(told))
    return process.fit(observed, *model._kernel).noise, int(observed.n.sum()), len(observed.n)


@cache
def _score(cell: str, seed: int) -> float:
    job: Any = kinds.read(CELLS)
    _, result = train(job.candidate({"cell": cell}, "random", cell).body, seed, report=lambda _: None)
    found: float = result.metrics["memory_capacity/validation"]
    return found


@pytest.mark.parametrize("layers", [1, 2])
def test_a_searched_placement_that_equals_another_is_that_candidate(
    database: Database, carry_out: Any, layers: int
) -> None:
    network = {"name": "vgg", "channels": [4] * layers, "strides": [2] * layers}
    spec = {**TINY, "network": network, "confirm": 1, "budget": {"trials": 9}}
    search = carry_out(spec)
    own = trials(database, search)
    assert len(set(own)) == len(own) == 2 * 2**layers  # all that there are, whatever was found
    alone = searchsvc.local.run(spec)
    (judged,) = [sample for sample in alone.samples() if sample.is_searched]
    with database.read() as session:
        rows, _ = boards.leaderboard(session, search.id)
        (found,) = [row.candidate for row in rows if "searched" in (row.candidate.label, *row.candidate.aliases)]
        assert (found.label, tuple(found.aliases)) == (judged.label, judged.aliases) == (judged.label, ("searched",))
        assert len({str(row.candidate.configuration) for row in rows}) == len(rows) == 2**layers
        named = session.scalars(select(Event).where(Event.search_id == search.id, Event.kind == "candidate_named"))
        assert [event.body["alias"] for event in named] == ["searched"]
    assert found.title == f"{judged.label} = searched"
    assert search.conclusion["searched"] == judged.label == alone.conclusion["searched"]  # type: ignore[index]
    assert f"The searched placement is that of {judged.label} (" in search.conclusion["sentence"]
    assert len(search.conclusion["comparisons"]) == 2**layers - 1
    check_whole(database, search)


@SQLITE
def test_an_audit_misses_a_label_and_finds_a_wrong_one(database: Database, carry_out: Any) -> None:
    search = carry_out(ONE_LAYER)
    for aliases in ([], ["searched", "best"]):
        with database.write() as session:
            named = update(Candidate).where(Candidate.search_id == search.id, Candidate.origin == "baseline")
            session.execute(named.values(aliases=aliases))
        with database.read() as session:
            assert "further labels" in audit(session, search.id)[1][0]


@SQLITE
def test_naming_again_changes_nothing(database: Database, carry_out: Any) -> None:
    search = carry_out(ONE_LAYER)
    with database.write() as session:
        session.execute(update(Search).values(state="running"))
        lease = runs.Lease(search.id, search.owner, search.epoch)
        before = searches.get(session, search.id).event_count
        runs.name(session, lease, {"searched": "all LIF"})
        runs.name(session, lease, {"searched": "all LIF"})
        assert searches.get(session, search.id).event_count <= before + 1


def test_a_configuration_under_another_label_is_an_alias_of_its_candidate(database: Database, carry_out: Any) -> None:
    """Whatever strategy asks, the database keeps a configuration once."""
    search = carry_out({**CELLS, "confirm": 0})
    job: Any = kinds.read(CELLS)
    again = [Suggestion(job.candidate({"cell": cell}, "random", f"again {cell}"), 7) for cell in ("rate", "lif")]
    with database.write() as session:
        session.execute(update(Search).values(state="running"))
        lease = runs.Lease(search.id, search.owner, search.epoch)
        made = runs.ask(session, lease, search.trial_count, again, search.tell_count, start=True)
        labels = {session.get_one(Trial, work.trial_id).candidate_id for work in made}
        rows = session.scalars(select(Candidate).where(Candidate.search_id == search.id)).all()
        assert labels == {row.id for row in rows} and len(rows) == 2
        assert [row.aliases for row in sorted(rows, key=lambda row: row.number)] == [["again rate"], ["again lif"]]


@SQLITE
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_another_search_has_found_is_known(database: Database, carry_out: Any, strategy: str) -> None:
    units = {"units": {"type": "int", "low": 20, "high": 23}}
    spec = {**CELLS, "space": units, "seeds": 2, "confirm": 0, "strategy": "random", "budget": {"trials": 6}}
    first = carry_out(spec)
    second = carry_out(
        {**spec, "strategy": strategy, "budget": {"trials": 40}, "warm_start": [str(first.id)]},
    )
    assert second.state == "succeeded" and second.total_trials == 4  # the baseline, and the one of four units left
    with database.read() as session:
        asked = [
            {row.candidate.configuration["network"]["units"] for row in boards.leaderboard(session, one.id)[0]}
            for one in (first, second)
        ]
        known = searches.get(session, second.id).observations
    assert asked[0] | asked[1] == {20, 21, 22, 23} and asked[0] & asked[1] == {20}  # the network as given
    assert sorted(len(one["scores"]) for one in known) == [2, 2]  # not the baseline's, which it scores itself
    check_whole(database, second)


@SQLITE
def test_a_sweep_whose_budget_pays_for_what_is_not_known_is_carried_out(database: Database, carry_out: Any) -> None:
    units = {"units": {"type": "categorical", "choices": [20, 30, 40]}}  # 20 are the baseline
    known = [{"point": {"units": 30}, "scores": [2.0]}]
    search = carry_out({**CELLS, "space": units, "strategy": "sweep", "budget": {"trials": 6}, "observations": known})
    assert (search.state, kinds.of(search).problem) == ("succeeded", "")
    with database.read() as session:
        rows, _ = boards.leaderboard(session, search.id)
        assert sorted(row.point["units"] for row in rows) == [20, 40]
    check_whole(database, search)


@SQLITE
def test_a_seed_of_a_configuration_counts_once_whichever_searches_had_it(database: Database, carry_out: Any) -> None:
    spec = {**TINY_HETEROGENEITY, "budget": {"trials": 4}}
    first, again = carry_out(spec), carry_out(spec)
    other = carry_out({**spec, "seed": 1})

    def known(*starts: Search, **changes: Any) -> list[int]:
        warm = [str(start.id) for start in starts]
        with database.read() as session:
            found = points.known(session, kinds.read({**spec, **changes, "warm_start": warm})).observations
        return [len(one["scores"]) for one in found]

    assert known(first) == known(first, again) == known(again) == [2]  # without the baseline, which will run
    assert known(first, seed=2) == known(first, again, seed=2) == [2, 2]
    assert known(first, other, seed=2) == [2, 2, 2, 2]  # of the baseline four seeds, in two of these


@SQLITE
def test_a_start_that_leaves_nothing_to_run_is_refused(database: Database, carry_out: Any) -> None:
    first = carry_out({**CELLS, "confirm": 0})
    with database.write() as session, pytest.raises(UserError, match="space: every point of it is the baseline or kn"):
        searches.submit(session, kinds.read({**CELLS, "warm_start": [str(first.id)]}))


@SQLITE
def test_nobody_submits_copies(database: Database) -> None:
    with database.write() as session, pytest.raises(UserError, match="got 'copies', which searches of earlier"):
        searches.submit(session, kinds.read({**CELLS, "when_exhausted": "copies"}))


@SQLITE
@pytest.mark.parametrize(
    "spec", [{**CELLS, "budget": {"trials": 12}}, {**TINY, "confirm": 1}], ids=["points", "neurons"]
)
def test_a_search_of_an_earlier_release_keeps_its_copies_and_can_be_audited(
    database: Database, carry_out: Any, monkeypatch: pytest.MonkeyPatch, spec: dict[str, Any]
) -> None:
    """As it was stored then: without the field."""
    monkeypatch.setattr("searchsvc.kinds._base.BaseJob.counts_copies", True)
    submit = searches.submit

    def as_then(session: Any, job: Any) -> Search:
        monkeypatch.setattr("searchsvc.kinds._base.BaseJob.counts_copies", False)
        search = submit(session, job)
        search.spec = {name: value for name, value in search.spec.items() if name != "when_exhausted"}
        monkeypatch.undo()
        return search

    monkeypatch.setattr(searches, "submit", as_then)
    search = carry_out(spec)
    assert search.state == "succeeded"
    with database.read() as session:
        candidates = session.scalars(select(Candidate).where(Candidate.search_id == search.id)).all()
        configurations = [str(candidate.configuration) for candidate in candidates]
        assert {candidate.fingerprint for candidate in candidates} == {None}
        assert len(set(configurations)) < len(configurations)
    check_whole(database, search)
