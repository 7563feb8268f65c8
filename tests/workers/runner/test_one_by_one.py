"""The process that answers one call after another."""

import os
import time
from concurrent.futures import BrokenExecutor
from multiprocessing import resource_tracker

import pytest

from workers.runner.one_by_one import OneByOne


def hoard() -> int:
    return len(bytearray(1 << 40))


def test_a_call_that_breaks_its_process_or_wants_too_much_breaks_no_other() -> None:
    calls = OneByOne(60.0)
    try:
        answers = [calls.submit(pow, 2, 3), calls.submit(os._exit, 1), calls.submit(hoard), calls.submit(pow, 2, 4)]
        assert answers[0].result(60) == 8
        with pytest.raises(BrokenExecutor):
            answers[1].result(60)
        with pytest.raises(MemoryError):
            answers[2].result(60)
        assert answers[3].result(60) == 16
    finally:
        calls.close()


def test_a_call_that_does_not_end_is_ended() -> None:
    calls = OneByOne(60.0)
    try:
        calls.submit(pow, 2, 3).result(60)
        calls.seconds = 0.2
        endless = calls.submit(time.sleep, 1000)
        calls.seconds = 60.0
        after = calls.submit(pow, 2, 4)
        with pytest.raises(BrokenExecutor):
            endless.result(60)
        assert after.result(60) == 16
    finally:
        calls.close()
    assert calls.processes == [] or not any(process.is_alive() for process in calls.processes)


def test_it_has_no_name_in_shared_memory_which_a_kill_would_leave_there(monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[tuple[str, str]] = []  # what its creator would have to remove
    monkeypatch.setattr(resource_tracker, "register", lambda *what: named.append(what))
    calls = OneByOne(60.0)
    try:
        assert calls.submit(pow, 2, 3).result(60) == 8
    finally:
        calls.close()
    assert named == []
