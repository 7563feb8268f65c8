"""A runner that dies at a chosen commit. Preloaded by a fork server, so that each death costs a fork and no imports."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import torch
from sqlalchemy import Engine, event

import workers.runner.loop
from searchsvc import kinds, strategies
from searchsvc.store import db
from searchsvc.store.control import runners
from searchsvc.store.db import Database
from searchsvc.training import scripted, trials
from tests.faults import specs
from tests.faults.by_hand import ended, runner, turn

DIED = 77
WRITES = re.compile(r"(INSERT|UPDATE|DELETE)(?: INTO| FROM)? (\w+)")
LEASE_SECONDS = 3600.0  # the test ends it
# What the first trial imports, once, here.
_job = kinds.read(specs.SPECS[1])
_first = strategies.catalog.load(_job.strategy.name).Strategy(_job).suggest((), ())
scripted.Trial(_first.candidate.body, _first.seed)


def run(url: str, store: Path, search_id: UUID, moment: str, number: int, counter: Path, wal: bool = False) -> None:
    """Carry the search on to its end; die just `before` or `after` the commit of write transaction `number`.

    Who does not die writes what kind each of them was into the `counter`.
    """
    db.WAL_IS_SAFE = db.WAL_IS_SAFE or wal
    torch.set_num_threads(1)
    trials.begin = scripted.Trial  # what matters here is what is written, and when
    seen = 0
    kinds: list[list[str]] = []
    write = Database.write

    @event.listens_for(Engine, "before_cursor_execute")
    def executes(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if kinds:
            note(kinds[-1], statement)

    @contextmanager
    def dying(self: Database) -> Iterator[Any]:
        nonlocal seen
        seen += 1
        kinds.append([])
        with write(self) as session:
            yield session
            if (moment, number) == ("before", seen):
                session.flush()
                os._exit(DIED)
        if (moment, number) == ("after", seen):
            os._exit(DIED)

    Database.write = dying  # type: ignore[method-assign]
    workers.runner.loop.LOOK_SECONDS = LEASE_SECONDS  # or there would be more commits in a run that takes longer
    runners.BEAT_SECONDS = LEASE_SECONDS  # likewise
    carrier = runner(url, store, LEASE_SECONDS)
    turn(carrier, lambda: ended(carrier, search_id))
    counter.write_text(json.dumps(kinds))
    os._exit(0)


def note(kind: list[str], statement: str) -> None:
    """Add what a statement writes, such as UPDATE trial, if no other of the transaction has."""
    written = WRITES.match(statement)
    if written and (what := " ".join(written.groups())) not in kind:
        kind.append(what)
