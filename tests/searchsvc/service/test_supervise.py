"""Children of `searchsvc up` that do not come up; `tests/e2e/test_startup.py` starts real ones."""

import threading

import pytest

from searchsvc.service import supervise
from searchsvc.service.supervise import Child
from spaces.errors import UserError


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Child:
    monkeypatch.setattr(supervise, "WORDS", {request.param: "the API"})
    made = Child(request.param, print)
    request.addfinalizer(lambda: supervise._end([made]))
    return made


@pytest.mark.parametrize("child", ["no_such_module"], indirect=True)
def test_one_that_ends_is_told_with_its_last_word(child: Child) -> None:
    with pytest.raises(UserError, match=r"^the API did not come up: it ended with status 1: it is starting$"):
        supervise._come_up([child], lambda module, pid: "it is starting", threading.Event())


@pytest.mark.parametrize("child", ["asyncio"], indirect=True)  # which waits for its standard input
def test_one_that_takes_too_long_is_told_with_what_it_lacks(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "START_SECONDS", 0.0)
    with pytest.raises(UserError, match=r"^the API did not come up within 0 s: nothing listens$"):
        supervise._come_up([child], lambda module, pid: "nothing listens", threading.Event())


@pytest.mark.parametrize("child", ["asyncio"], indirect=True)
def test_it_waits_until_nothing_is_missing_or_it_is_told_to_stop(child: Child) -> None:
    lacks = iter(["this", "that", None])
    assert supervise._come_up([child], lambda module, pid: next(lacks), threading.Event())
    assert next(lacks, "none") == "none"
    (stop := threading.Event()).set()
    assert not supervise._come_up([child], lambda module, pid: "this", stop)


def test_port_0_is_a_port_that_is_free() -> None:
    port = supervise.free_port("127.0.0.1", 0)
    assert port > 0 and not supervise.listens("127.0.0.1", port)


def test_an_address_of_version_6_has_brackets() -> None:
    with pytest.raises(UserError, match=r"cannot listen on \[2001:db8::1\]:8000 \("):
        supervise.free_port("2001:db8::1", 8000)
