"""A search's end is told: signed, again and again, and only where the operator lets it."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from searchsvc import kinds
from searchsvc.service import webhooks
from searchsvc.service.settings import Settings, settings
from searchsvc.service.webhooks import Deliverer, signature
from searchsvc.store.control import searches
from searchsvc.store.control import webhooks as owed
from searchsvc.store.db import Database, now
from searchsvc.store.tables import Search, Webhook
from spaces.errors import UserError
from tests.receiver import SECRET, Receiver, receiving
from tests.specs import TINY


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, webhook_secret=SECRET, webhook_hosts="localhost, 127.0.0.1")


def submitted(database: Database, url: str, **more: Any) -> UUID:
    with database.write() as session:
        return searches.submit(session, kinds.read({**TINY, "webhook": url}), **more).id


def end(database: Database, search_id: UUID, state: str = "succeeded") -> None:
    with database.write() as session:
        search = searches.get(session, search_id, lock=True)
        search.state, search.finished, search.conclusion = state, now(), {"sentence": "All is well."}


def row(database: Database, search_id: UUID) -> Webhook:
    with database.read() as session:
        return session.get_one(Webhook, search_id)


def wait_over(database: Database) -> None:
    """As if all waits had passed."""
    with database.write() as session:
        session.execute(update(Webhook).where(Webhook.due.is_not(None)).values(due=0.0))


def test_the_signature_is_that_of_the_convention() -> None:
    signed = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="  # its libraries' own example


def test_an_end_is_told_once_it_is_there_and_signed(database: Database, receiver: Receiver, chosen: Settings) -> None:
    search_id, deliverer = submitted(database, receiver.url), Deliverer(database, chosen)
    assert not deliverer.turn() and receiver.told == []
    end(database, search_id)
    assert deliverer.turn() and not deliverer.turn()
    ((headers, body),) = receiver.told
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(SECRET.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert headers["host"] == f"localhost:{receiver.server.server_port}"
    said = json.loads(body)
    assert said["type"] == "search.succeeded" and said["timestamp"]
    assert said["data"]["id"] == str(search_id) and said["data"]["sentence"] == "All is well."
    found = row(database, search_id)
    assert found.delivered and found.due is None and (found.tries, found.error) == (1, None)


def test_failures_are_tried_again_after_growing_waits_under_one_id(
    database: Database, receiver: Receiver, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owed, "WAITS", (500.0, 3000.0))  # so that none is over before it is looked at
    receiver.statuses = [500, 302]
    search_id, deliverer = submitted(database, receiver.url), Deliverer(database, chosen)
    end(database, search_id)
    for tries, wait, status in ((1, 500.0, 500), (2, 3000.0, 302)):
        assert deliverer.turn() and not deliverer.turn()  # not at once
        found = row(database, search_id)
        with database.read() as session:
            left = found.due - session.scalar(now().select())
        assert wait / 2 < left <= wait and (found.tries, found.delivered) == (tries, None)
        assert found.error == f"it answered with status {status}"
        wait_over(database)
    assert deliverer.turn()
    assert row(database, search_id).delivered and row(database, search_id).tries == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 1 and len(receiver.told) == 3


def test_it_is_given_up_after_the_last_wait_and_at_once_where_the_receiver_is_gone(
    database: Database, receiver: Receiver, chosen: Settings
) -> None:
    deliverer = Deliverer(database, chosen)
    patient, gone = (submitted(database, receiver.url) for _ in range(2))
    end(database, patient, "failed")
    receiver.statuses = [503] * 20
    for _ in range(len(owed.WAITS) + 1):
        wait_over(database)
        assert deliverer.turn()
    wait_over(database)
    assert not deliverer.turn() and row(database, patient).due is None
    assert row(database, patient).error == "it answered with status 503"
    receiver.statuses = [410]
    end(database, gone)
    assert deliverer.turn()
    assert row(database, gone).due is None and row(database, gone).tries == 1 and not row(database, gone).delivered


def test_what_a_killed_runner_had_claimed_is_told_again_under_the_same_id(
    database: Database, receiver: Receiver, chosen: Settings
) -> None:
    search_id = submitted(database, receiver.url)
    end(database, search_id)
    with database.write() as session:
        claimed = owed.claim(session)
    assert claimed and Deliverer(database, chosen).send(claimed) == 204  # and killed before it could say so
    reopened = Database(database.url.render_as_string(hide_password=False))
    assert not Deliverer(reopened, chosen).turn()  # it may be at it still
    wait_over(reopened)
    assert Deliverer(reopened, chosen).turn()
    reopened.close()
    assert [headers["webhook-id"] for headers, _ in receiver.told] == [claimed.id] * 2
    with database.write() as session:
        owed.failed(session, claimed, "too late")  # of an earlier claim
    assert row(database, search_id).delivered and row(database, search_id).error is None


def test_a_retried_search_tells_its_next_end_as_another(
    database: Database, receiver: Receiver, chosen: Settings
) -> None:
    search_id, deliverer = submitted(database, receiver.url), Deliverer(database, chosen)
    end(database, search_id, "failed")
    assert deliverer.turn()
    with database.write() as session:
        searches.retry(session, search_id)
    assert not deliverer.turn()
    end(database, search_id)
    assert deliverer.turn()
    told = [(headers["webhook-id"], json.loads(body)["type"]) for headers, body in receiver.told]
    assert [kind for _, kind in told] == ["search.failed", "search.succeeded"] and told[0][0] != told[1][0]


def test_a_receiver_that_answers_by_drops_holds_up_nobody(
    database: Database, receiver: Receiver, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as patch:
        patch.setattr(webhooks, "ANSWER_SECONDS", 0.2)
        slow = submitted(database, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        end(database, slow)
        assert Deliverer(database, chosen).turn()
    assert row(database, slow).error
    end(database, quick := submitted(database, receiver.url))
    assert Deliverer(database, chosen).turn() and row(database, quick).delivered


def test_a_host_is_tried_at_each_of_its_addresses(
    database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.server.server_port
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.9", "127.0.0.1")]
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda h, *a, **k: found if h == "two.example" else real(h, *a, **k))
    search_id = submitted(database, f"http://two.example:{port}/")
    end(database, search_id)
    assert Deliverer(database, Settings(webhook_secret=SECRET, webhook_hosts="two.example")).turn()
    assert row(database, search_id).delivered and receiver.told[0][0]["host"] == f"two.example:{port}"


@pytest.mark.parametrize(
    ("url", "hosts", "said"),
    [
        ("http://localhost:{port}/", "", "leads to 127.0.0.1; allowed are public addresses"),
        ("http://inside.example:{port}/", "", "leads to 10.0.0.1; allowed are public addresses"),
        ("http://localhost:{port}/", "ci.example", "SEARCHSVC_WEBHOOK_HOSTS allows ci.example"),
    ],
)
def test_no_message_goes_where_the_operator_does_not_let_it(
    database: Database,
    receiver: Receiver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    hosts: str,
    said: str,
) -> None:
    real = socket.getaddrinfo
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda h, *a, **k: inside if "inside" in str(h) else real(h, *a, **k))
    chosen = Settings(data=tmp_path, webhook_secret=SECRET, webhook_hosts=hosts)
    search_id = submitted(database, url.format(port=receiver.server.server_port))
    end(database, search_id)
    assert Deliverer(database, chosen).turn()
    assert said in row(database, search_id).error and receiver.told == []


def test_the_thread_of_a_runner_delivers_until_it_stops(
    database: Database, receiver: Receiver, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "LOOK_SECONDS", 0.01)
    search_id, stop = submitted(database, "", webhook=receiver.url), threading.Event()
    end(database, search_id, "cancelled")
    thread = Deliverer(database, chosen).start(stop)
    while not row(database, search_id).delivered:
        stop.wait(0.01)
    stop.set()
    thread.join()
    assert json.loads(receiver.told[0][1])["type"] == "search.cancelled"


def test_who_names_nobody_tells_nobody_and_the_searchs_own_address_comes_first(database: Database) -> None:
    silent, own = submitted(database, ""), submitted(database, "https://a.example/", webhook="https://b.example/")
    assert row(database, own).url == "https://a.example/"
    with database.write() as session:
        assert session.get(Webhook, silent) is None
        assert "webhook" not in session.get_one(Search, silent).spec  # specifications are as they were
        searches.erase(session, session.get_one(Search, own))
    with database.read() as session:
        assert session.get(Webhook, own) is None


@pytest.mark.parametrize("secret", ["short", "whsec_", f"{SECRET}x", "whsec_MTIz"])
def test_a_secret_that_is_none_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("SEARCHSVC_WEBHOOK_SECRET", secret)
    with pytest.raises(UserError, match=r"^SEARCHSVC_WEBHOOK_SECRET: give whsec_ and base64 of 24 to 64 bytes$"):
        settings.__wrapped__()


def test_a_webhook_of_the_settings_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCHSVC_WEBHOOK", "https://ci.example.org/ended")
    with pytest.raises(UserError, match=r"^SEARCHSVC_WEBHOOK: it cannot be signed; set SEARCHSVC_WEBHOOK_SECRET too$"):
        settings.__wrapped__()
    monkeypatch.setenv("SEARCHSVC_WEBHOOK_SECRET", SECRET)
    assert SECRET not in repr(settings.__wrapped__())
