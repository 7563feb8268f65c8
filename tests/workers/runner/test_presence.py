"""A runner's row: it says that the runner lives, and if it does not work, why."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import text, update

from searchsvc.store.control import runners
from searchsvc.store.control.runners import Seen, why_waiting
from searchsvc.store.db import Database, Unavailable
from searchsvc.store.tables import Runner as Row
from spaces.errors import UserError
from tests.workers.inline import InlineAsker, InlineExecutor
from workers import __main__ as boot
from workers.executors.scripted import ScriptedExecutor
from workers.runner.loop import Runner
from workers.runner.presence import Presence


def seen(database: Database) -> list[Seen]:
    with database.read() as session:
        return runners.seen(session)


def why(database: Database) -> str | None:
    return why_waiting(seen(database))


def age(database: Database, boot: UUID, seconds: float) -> None:
    with database.write() as session:
        session.execute(update(Row).where(Row.id == boot).values(heartbeat=Row.heartbeat - seconds))


def of_another_process(database: Database, pid: int) -> Presence:
    presence = Presence(database)
    presence.pid = pid
    presence.begin()
    return presence


def gone() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_its_executor_has_to_say_is_said_but_while_searches_wait(database: Database) -> None:
    presence = Presence(database)
    presence.begin()
    presence.ready(note=ScriptedExecutor.note)
    assert "nothing is trained" in (why(database) or "")
    presence.say("the disk is full")
    assert why(database) == "the disk is full"
    presence.say(None)
    assert "nothing is trained" in (why(database) or "")


def test_a_life(database: Database) -> None:
    assert "start one with: searchsvc up" in (why(database) or "")
    presence = Presence(database)
    presence.begin()
    (row,) = seen(database)
    assert (row.state, row.lives, row.host, row.pid) == ("starting", False, socket.gethostname(), os.getpid())
    assert why(database) == "the runner is starting"
    presence.ready()
    assert seen(database)[0].lives and why(database) is None
    presence.say("there is no room on the disk")
    assert seen(database)[0].lives and why(database) == "there is no room on the disk"
    presence.say(None)
    assert why(database) is None
    presence.stopping()
    assert why(database) == "the runner is stopping"
    presence.end()
    assert seen(database) == []


def test_one_that_is_silent_is_lost_until_it_is_heard_of_again(database: Database) -> None:
    presence = Presence(database)
    presence.begin()
    presence.ready()
    age(database, presence.boot, runners.SILENT_SECONDS - 2)
    assert seen(database)[0].lives
    age(database, presence.boot, 3)
    assert seen(database)[0].state == "lost" and "it has fallen silent" in (why(database) or "")
    presence.beat()
    assert seen(database)[0].lives


def test_what_ended_the_last_one_is_told_until_another_is_ready(database: Database) -> None:
    last = of_another_process(database, gone())
    last.lose("ray cannot start: no room for its sockets")
    presence = Presence(database)
    presence.begin()
    said = why(database) or ""
    assert said.startswith("the runner is starting; the last one, process ") and said.endswith("for its sockets")
    presence.ready()
    assert [row.id for row in seen(database)] == [presence.boot] and why(database) is None


def test_a_killed_one_is_lost_as_soon_as_the_next_starts_and_no_rows_pile_up(database: Database) -> None:
    for _ in range(4):
        of_another_process(database, gone()).ready()
    lives = of_another_process(database, os.getppid())
    other_host = Presence(database)
    other_host.host, other_host.pid = "elsewhere", gone()
    other_host.begin()
    presence = Presence(database)
    presence.begin()
    by_state = {row.id: (row.state, row.reason) for row in seen(database)}
    assert by_state.pop(presence.boot) == ("starting", None)
    assert by_state.pop(lives.boot) == ("starting", None) and by_state.pop(other_host.boot) == ("starting", None)
    assert list(by_state.values()) == [("lost", "its process was killed")]
    age(database, other_host.boot, runners.KEEP_SECONDS)
    Presence(database).begin()
    assert other_host.boot not in {row.id for row in seen(database)}


def test_a_restored_database_gets_the_row_again(database: Database) -> None:
    presence = Presence(database)
    presence.begin()
    presence.ready()
    with database.write() as session:
        session.execute(text("DELETE FROM runner"))
    presence.beat()
    assert seen(database)[0].lives


def test_a_runner_beats_while_it_turns_and_stops_with_its_last_word(database: Database, tmp_path: Path) -> None:
    runner = Runner(database, InlineExecutor(tmp_path), 30.0, str(tmp_path), InlineAsker())
    runner.presence.begin()
    runner.presence.ready()
    age(database, runner.held.id, 60)
    runner.presence._next_beat = 0.0
    runner.turn()
    assert seen(database)[0].lives and seen(database)[0].id == runner.held.id
    runner.close()
    assert seen(database)[0].state == "stopping"


def test_the_row_is_there_before_the_executor_and_says_why_it_cannot_start(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        assert why(database) == "the runner is starting"
        raise OSError("AF_UNIX path\n too long")

    monkeypatch.setattr(boot, "make_executor", refuse)
    presence = boot._begin(database)
    with pytest.raises(UserError, match="ray cannot start: AF_UNIX path too long"):
        boot._executor(SimpleNamespace(executor="ray"), presence)  # type: ignore[arg-type]
    assert (why(database) or "").endswith("ended: ray cannot start: AF_UNIX path too long")


def test_a_database_that_is_away_meanwhile_is_told_later(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot, "make_executor", lambda chosen: SimpleNamespace(known_memory=lambda: None, note=None))
    presence = boot._begin(database)

    def away() -> None:
        raise Unavailable("database: away")

    with monkeypatch.context() as patched:
        patched.setattr(database, "write", away)
        boot._executor(SimpleNamespace(executor="ray"), presence)  # type: ignore[arg-type]
    assert why(database) == "the runner is starting"
    presence.beat()
    assert seen(database)[0].lives
