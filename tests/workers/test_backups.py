"""What README promises of backups: one that was taken while the service ran brings every search to the same end."""

import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

import searchsvc.local
from searchsvc import kinds
from searchsvc.service.audit import audit
from searchsvc.store import artifacts
from searchsvc.store.backup import backup, restore
from searchsvc.store.check import check
from searchsvc.store.control import searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Artifact, Trial
from tests.specs import TINY
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner.loop import Runner

SPEC = {**TINY, "training": {"epochs": 4}}


def run(url: str, store: Path, until: Callable[[Database], bool]) -> InlineExecutor:
    """A service's whole life."""
    database, executor = Database(url), InlineExecutor(store)
    runner = Runner(database, executor, 30.0, str(store), InlineAsker())
    while not until(database):
        runner.turn()
    runner.close()
    database.close()
    return executor


def has_checkpoint(database: Database) -> bool:
    with database.read() as session:
        steps = select(Artifact.path).where(Artifact.kind == "checkpoint").join(Trial, Trial.id == Artifact.trial_id)
        return any(path.endswith("checkpoint-2.pt") for path in session.scalars(steps.where(Trial.number > 0)))


def has_ended(database: Database, search_id: UUID) -> bool:
    with database.read() as session:
        return searches.has_ended(session, search_id)


@pytest.fixture(scope="module")
def golden() -> list[float]:
    return [trial.result.metrics["accuracy/validation"] for trial in searchsvc.local.run(SPEC).trials]


@pytest.fixture(scope="module")
def taken(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[UUID, Path, Path]:
    """A search, a backup from the middle of it, and the files as they were after its end."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copy(migrated_file, folder / "searchsvc.db")
    url, copies = f"sqlite:///{folder}/searchsvc.db", []
    database = Database(url)
    with database.write() as session:
        search_id = searches.submit(session, kinds.read(SPEC)).id
    database.close()

    def copy_midway(database: Database) -> bool:
        if not copies and has_checkpoint(database):
            copies.append(backup(url))
        return has_ended(database, search_id)

    run(url, folder / "store", copy_midway)
    return search_id, copies[0], folder / "store"


@pytest.mark.parametrize("files", ["of later", "none", "cut"])
def test_a_backup_of_a_running_service_goes_on_whatever_files_are_left(
    taken: tuple[UUID, Path, Path], golden: list[float], tmp_path: Path, files: str
) -> None:
    search_id, copy, files_then = taken
    url, store = f"sqlite:///{tmp_path}/searchsvc.db", tmp_path / "store"
    restore(url, copy)
    database = Database(url)
    with database.read() as session:
        named = session.scalars(select(Artifact.path)).all()
    if files != "none":
        shutil.copytree(files_then, store)
    if files == "cut":  # as a copy of the files that was cut short would have them
        for path in named:
            (store / path).write_bytes(b"PK\x03\x04 half")
    _, problems = check(url, str(store))
    assert any("checkpoint of trial" in problem for problem in problems), problems
    executor = run(url, store, lambda database: has_ended(database, search_id))
    with database.read() as session:
        assert searches.get(session, search_id).state == "succeeded"
        trials = session.scalars(select(Trial).order_by(Trial.number)).all()
        assert [trial.score for trial in trials] == golden and {trial.losses for trial in trials} == {0}
        assert audit(session, search_id) == (9, [])
    database.close()
    assert any(step == 1 for _, step in executor.steps)
    _, left = check(url, str(store))
    assert all("weights of trial" in problem for problem in left) and bool(left) == (files != "of later")


def test_check_says_nothing_of_files_that_come_and_go_while_it_looks(
    taken: tuple[UUID, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, copy, store = taken
    sizes, database = artifacts.sizes, Database(f"sqlite:///{copy}")
    with database.read() as session:
        weights = session.scalars(select(Artifact.path).where(Artifact.kind == "weights")).first() or ""
    database.close()
    every = check(f"sqlite:///{copy}", str(store))[1]
    looks: list[int] = []

    def too_early(store: str) -> dict[str, int]:
        looks.append(len(looks))
        return {path: size for path, size in sizes(store).items() if looks != [0] or path != weights}

    monkeypatch.setattr(artifacts, "sizes", too_early)
    assert check(f"sqlite:///{copy}", str(store))[1] == every and len(looks) == 2
    monkeypatch.setattr(artifacts, "sizes", lambda store: {**sizes(store), weights: 3})
    cut = check(f"sqlite:///{copy}", str(store))[1]
    assert len(cut) == len(every) + 1 and any("has 3 bytes in the artifact store" in line for line in cut)
