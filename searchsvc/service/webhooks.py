"""A search's end is told by a webhook, signed as Standard Webhooks says (https://www.standardwebhooks.com).

``webhook-signature`` is ``v1,`` and base64 of HMAC-SHA256 over ``webhook-id.webhook-timestamp.body``. It is told at
least once, under one id. What is not answered by 2xx is tried again after growing waits (`store.control.webhooks`).

Anyone may name an address, so where messages may go is the operator's: to the hosts listed, or to public addresses
alone. The address that was looked at is the one connected to, redirects are not followed, and no answer is read.
"""

import base64
import hashlib
import hmac
import json
import logging
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address

import httpx

from searchsvc.client.connection import bracketed, is_loopback
from searchsvc.service.settings import Settings, signing_key
from searchsvc.store.control import webhooks
from searchsvc.store.control.webhooks import Message
from searchsvc.store.db import Database, Unavailable
from spaces.errors import UserError

LOOK_SECONDS = 1.0
ANSWER_SECONDS = 15.0  # for all of a try
GONE = 410  # by which a receiver asks not to be told again

log = logging.getLogger("searchsvc.webhooks")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(signing_key(secret), signed, hashlib.sha256)).decode()}"


def check(url: str, chosen: Settings) -> None:
    """Whether this service would tell anything to `url`, as far as can be said without asking for addresses.

    Raises:
        UserError: it would not.
    """
    if not chosen.webhook_secret:
        raise UserError(
            "webhook: this service has no secret to sign it with; leave it out, or have the operator set "
            "SEARCHSVC_WEBHOOK_SECRET"
        )
    host = httpx.URL(url).host
    own = ["127.0.0.1"] if is_loopback(host) else []
    permitted(host, [host] if _is_number(host) else own, chosen)


def permitted(host: str, addresses: list[str], chosen: Settings) -> None:
    """That messages may go to a host, which has these addresses.

    Raises:
        UserError: they may not.
    """
    if host in chosen.hooked_hosts:
        return
    allowed = ", ".join(sorted(chosen.hooked_hosts))
    if allowed:
        raise UserError(f"webhook: got host {host!r}; SEARCHSVC_WEBHOOK_HOSTS allows {allowed}")
    for address in addresses:
        number = ip_address(address)
        if not number.is_global or number.is_multicast:
            raise UserError(
                f"webhook: got host {host!r}, which leads to {address}; allowed are public addresses, and hosts "
                "that the operator lists in SEARCHSVC_WEBHOOK_HOSTS"
            )


class Deliverer:
    """Tells what is due, one message after another, in a thread of its own; a receiver holds up no search."""

    def __init__(self, database: Database, chosen: Settings) -> None:
        self.database, self.chosen = database, chosen

    def start(self, stop: threading.Event) -> threading.Thread:
        thread = threading.Thread(target=self._run, args=(stop,), daemon=True)
        thread.start()
        return thread

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            try:
                while not stop.is_set() and self.turn():
                    pass
            except Unavailable:
                pass  # the runner's loop says so
            except Exception:
                log.exception("webhooks: a try is left to the next one")

    def turn(self) -> bool:
        """Try one message, if one is due."""
        with self.database.read() as session:
            if not webhooks.is_due(session):
                return False
        with self.database.write() as session:
            message = webhooks.claim(session)
        if message is None:
            return False
        reason, again = _within(ANSWER_SECONDS, self, message)
        with self.database.write() as session:
            if reason is None:
                webhooks.delivered(session, message)
            else:
                webhooks.failed(session, message, reason, again=again)
        if reason:
            log.warning("search %s: its webhook was not delivered: %s", message.search_id, reason)
        return True

    def send(self, message: Message) -> int:
        """One try; the status that answers it."""
        url = httpx.URL(message.url)
        port = url.port or (443 if url.scheme == "https" else 80)
        found = socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        permitted(url.host, addresses, self.chosen)
        body, moment = json.dumps(message.body).encode(), int(time.time())
        headers = {
            "Host": url.netloc.decode(),
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(self.chosen.webhook_secret, message.id, moment, body),
        }
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError):
                return _post(url, address, headers, body)
        return _post(url, addresses[-1], headers, body)


def _post(url: httpx.URL, address: str, headers: Mapping[str, str], body: bytes) -> int:
    """The status of the answer that one of the addresses of the URL's host gives."""
    tls = httpx.create_ssl_context() if url.scheme == "https" else False
    there, name = url.copy_with(host=bracketed(address)), {"sni_hostname": url.host}
    with (
        httpx.Client(verify=tls, trust_env=False, timeout=ANSWER_SECONDS) as http,
        http.stream("POST", there, content=body, headers=headers, extensions=name) as answer,
    ):
        return answer.status_code


def _within(seconds: float, deliverer: Deliverer, message: Message) -> tuple[str | None, bool]:
    """Why a message was not delivered, and whether to try again; a receiver that answers by drops has its time too."""
    answer: list[tuple[str | None, bool]] = []

    def act() -> None:
        try:
            status = deliverer.send(message)
        except (UserError, OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            answer.append((str(error) or type(error).__name__, True))
        else:
            told = 200 <= status < 300
            answer.append((None if told else f"it answered with status {status}", status != GONE))

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else (f"no answer within {seconds:g} s", True)


def _is_number(host: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(host))
    return False
