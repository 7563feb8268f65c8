"""Both clients against servers that are slow, broken, or no searchsvc."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from searchsvc.client import Client
from spaces.errors import UserError
from tests.searchsvc.client.alike import Connect, connect

__all__ = ["connect"]

EVENT = b'event: report\nid: 1\ndata: {"trial": 0}\n\n'
PING = b": ping\n\n"
END = b"event: succeeded\nid: 2\ndata: {}\n\n"
Answer = tuple[int, str, bytes]


@contextmanager
def server(answers: dict[str, list[Answer]], keys: list[str | None] | None = None) -> Iterator[str]:
    """Answers each path with its answers in turn, the last one for ever; status 0 hangs up. Collects `keys`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            scripted = answers[self.path.partition("?")[0]]
            status, kind, body = scripted.pop(0) if len(scripted) > 1 else scripted[0]
            if keys is not None:
                keys.append(self.headers["Idempotency-Key"])
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def status(state: str) -> Answer:
    return 200, "application/json", json.dumps({"state": state, "error": None}).encode()


def test_a_comment_that_keeps_the_connection_open_is_no_event(connect: Connect) -> None:
    body = EVENT + PING + PING + END
    with server(
        {"/v1/searches/x/events": [(200, "text/event-stream", body)], "/v1/searches/x": [status("succeeded")]}
    ) as url:
        assert [event.number for event in connect(url).search("x").events()] == [1, 2]


def test_a_stream_that_breaks_off_is_taken_up_again(connect: Connect) -> None:
    streams = [(200, "text/event-stream", EVENT), (200, "text/event-stream", END)]
    with server({"/v1/searches/x/events": streams, "/v1/searches/x": [status("running"), status("succeeded")]}) as url:
        assert [event.number for event in connect(url).search("x").events()] == [1, 2]


def test_an_unavailable_database_is_asked_again(connect: Connect) -> None:
    problem = json.dumps({"detail": "try again"}).encode()
    with server({"/v1/searches/x": [(503, "application/problem+json", problem), status("running")]}) as url:
        assert connect(url).search("x").status()["state"] == "running"


@pytest.mark.parametrize("verb", ["pause", "resume", "retry", "cancel"])
def test_a_request_whose_answer_is_lost_is_sent_again_with_its_key(connect: Connect, verb: str) -> None:
    problem = 503, "application/problem+json", b'{"detail": "try again"}'
    keys: list[str | None] = []
    with server({f"/v1/searches/x/{verb}": [(0, "", b""), problem, status("running")]}, keys) as url:
        getattr(connect(url).search("x"), verb)()
        getattr(connect(url).search("x"), verb)()
    assert len(keys) == 4 and keys[0] == keys[1] == keys[2] != keys[3] and all(keys)


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<html>"),
        (302, "text/html", b""),
        (500, "text/plain", b"oops"),
        (500, "application/problem+json", b"{"),
        (404, "application/json", b"[]"),
    ],
)
def test_another_server_is_named_as_such(connect: Connect, answer: Answer) -> None:
    with server({"/v1/searches/x": [answer], "/v1/searches": [answer]}) as url:
        for ask in (connect(url).search("x").status, lambda: connect(url).submit({})):
            with pytest.raises(UserError, match="is no searchsvc"):
                ask()


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_what_json_cannot_say_is_refused_before_it_is_sent(connect: Connect, value: Any) -> None:
    with pytest.raises(UserError, match="finite numbers"):
        connect("http://127.0.0.1:9").submit({"kind": value})


@pytest.mark.parametrize("url", ["nonsense", "http://[::1", "ftp://x"])
def test_an_address_that_is_none_is_named(connect: Connect, url: str) -> None:
    with pytest.raises(UserError, match="give an address such as"):
        connect(url).searches()


def test_a_failed_search_raises_its_error(connect: Connect) -> None:
    answers = {
        "/v1/searches/x/events": [(200, "text/event-stream", END)],
        "/v1/searches/x": [(200, "application/json", b'{"state": "failed", "error": "why"}')],
    }
    with server(answers) as url, pytest.raises(UserError, match="failed: why"):
        connect(url).search("x").wait()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda client: client.search(3), "search_id: got 3; give the id of a search"),
        (lambda client: client.search("a/b"), "search_id: got 'a/b', which no address can hold; give an id"),
        (lambda client: client.search(".."), r"search_id: got '\.\.', which no address can hold"),
        (lambda client: client.search(""), "search_id: got '', which no address can hold"),
        (lambda client: client.submit(3), "specification: got 3; give a mapping, a model of .*, or a path"),
        (lambda client: client.submit("none.yaml"), "file: got 'none.yaml', which cannot be read"),
        (lambda client: client.search("1").best("first"), "rank: got 'first'"),
        (lambda client: client.search("1").export(1), "path: got 1; give the path of a file"),
        (lambda client: client.search("1").wait("long"), "timeout: got 'long'"),
    ],
)
def test_a_wrong_type_is_a_sentence(connect: Connect, ask: Any, said: str) -> None:
    with pytest.raises(UserError, match=f"^{said}") as caught:
        ask(connect("http://127.0.0.1:9"))
    assert "\n" not in str(caught.value)


def standing(state: str, place: int | None, done: int) -> Answer:
    found = {
        **{"name": "", "kind": "neuron_placement", "spec": {"task": {"name": "digits"}}, "state": state},
        **{"queue_place": place, "error": None, "waiting": "no runner has a GPU" if place else None},
        "progress": {"total": 9, "done": done, "failed": 0, "pruned": 1, "running": 0, "fraction": 0.5}
        | {"seconds_left": 75.0 if state == "running" else None},
    }
    return 200, "application/json", json.dumps(found).encode()


def test_waiting_is_called_so_with_the_place_in_the_queue(connect: Connect) -> None:
    board = {"state": "queued", "seeds": 3, "objective": "accuracy/validation", "rows": [], "next_cursor": None}
    board |= {"search_seconds": 0.0, "retrain_seconds": 0.0, "conclusion": None}
    answers = {
        "/v1/searches/x": [standing("queued", 2, 0)],
        "/v1/searches/x/leaderboard": [(200, "application/json", json.dumps(board).encode())],
    }
    said = "waiting, 2. in the queue"
    with server(answers) as url:
        found = connect(url).search("x").leaderboard()
        assert said in str(found) and said in repr(found) and said in found._repr_html_()
        with pytest.raises(TimeoutError, match=f"search x after 0 s: {said}, 1 of 9 trials; it goes on, wait again"):
            connect(url).search("x").wait(timeout=0)
        html = Client(url).search("x")._repr_html_()
        assert said in html and "no runner has a GPU" in html and Client(url).search("x").state == "queued"
        assert Client(url).search("x").name == "neuron placement on digits"


def test_a_bar_shows_how_far_it_is(
    connect: Connect, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("COLUMNS", "120")
    every = [standing("queued", 1, 0), standing("running", None, 3), standing("succeeded", None, 8)]
    with server({"/v1/searches/x": every}) as url:
        connect(url).search("x").wait(progress=True)
    printed = capsys.readouterr()
    for said in (
        "waiting, 1. in the queue",
        "running, 4 of 9 trials, about 1 min 15 s left",
        "succeeded, 9 of 9 trials",
    ):
        assert said in printed.err
    assert printed.out == ""


def test_what_nobody_looks_at_shows_nothing(connect: Connect, capsys: pytest.CaptureFixture[str]) -> None:
    with server({"/v1/searches/x": [standing("running", None, 3), standing("succeeded", None, 8)]}) as url:
        connect(url).search("x").wait()
    assert capsys.readouterr() == ("", "")
