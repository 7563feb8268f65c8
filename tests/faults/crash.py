"""A runner that dies at a chosen commit. Preloaded by a fork server, so that each death costs a fork and no imports."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import torch
import torch._dynamo  # torch's optimisers would import it at their first step

import workers.runner
from searchsvc import db, jobs, strategies, training
from searchsvc.db import Database
from tests.faults import specs
from tests.faults.by_hand import ended, runner, turn

DIED = 77
LEASE_SECONDS = 3600.0  # the test ends it
# What the first trial imports and loads, once, here; no step, since a fork must not inherit autograd's threads.
_job = jobs.read(specs.SPECS[1])
_first = strategies.catalog.load(_job.strategy_name).Strategy(_job).suggest(0, ())
training.Trial(_first.candidate.configuration, _first.seed)


def run(url: str, store: Path, search_id: UUID, moment: str, number: int, counter: Path, wal: bool = False) -> None:
    """Carry the search on to its end; die just `before` or `after` the commit of write transaction `number`."""
    db.WAL_IS_SAFE = db.WAL_IS_SAFE or wal
    torch.set_num_threads(1)
    seen = 0
    write = Database.write

    @contextmanager
    def dying(self: Database) -> Iterator[Any]:
        nonlocal seen
        seen += 1
        with write(self) as session:
            yield session
            if (moment, number) == ("before", seen):
                session.flush()
                os._exit(DIED)
        if (moment, number) == ("after", seen):
            os._exit(DIED)

    Database.write = dying  # type: ignore[method-assign]
    workers.runner.LOOK_SECONDS = LEASE_SECONDS  # or there would be more commits in a run that takes longer
    carrier = runner(url, store, LEASE_SECONDS)
    turn(carrier, lambda: ended(carrier, search_id))
    counter.write_text(str(seen))
    os._exit(0)
