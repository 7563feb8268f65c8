"""Proxies and certificates as the environment names them, and what is said where it names wrong ones."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from searchsvc.client import Client
from searchsvc.client import service as module
from searchsvc.client.connection import connect
from spaces.errors import UserError
from tests.searchsvc.client.test_client import server, status

PROXIES = [f"{scheme}_proxy" for scheme in ("http", "https", "all", "no")]
NOWHERE = "http://127.0.0.1:9"
ELSEWHERE = "http://service.example"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without any of them, and a client that gives up at once."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "RETRIES", 0)


@pytest.fixture
def here() -> Iterator[str]:
    with server({"/v1/searches/1": [status("running")]}) as url:
        yield url


@pytest.mark.parametrize("proxy", [NOWHERE, "socks5://127.0.0.1:9", "nonsense://x", "http://[::1", " "])
@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
def test_this_machine_is_reached_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch, here: str, name: str, proxy: str
) -> None:
    monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")  # which nothing here needs
    monkeypatch.setenv("no_proxy", "fe80::/10,[::1]")
    for address in (here, here.replace("127.0.0.1", "localhost")):
        assert Client(address).search("1").status()["state"] == "running"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "localhost", "LOCALHOST", "my.localhost", "[::1]", "0.0.0.0"]
)
def test_so_are_all_its_names(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("http_proxy", "nonsense://x")
    assert connect(httpx.Client, f"http://{host}:8000", 1.0)[1] == ""


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("http_proxy", "nonsense://u:secret@x", "Unknown scheme"),
        ("HTTP_PROXY", "http://[::1", "Invalid"),
        ("HTTP_PROXY", "http://x:port", "Invalid port"),
        ("ALL_PROXY", "socks5://x:1080", "socksio"),
        ("all_proxy", "socks4://x", "Unknown scheme"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_line_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=f"^{name}: its proxy cannot be used .*{reason}.*unset {name}$") as said:
        Client(ELSEWHERE)
    assert "\n" not in str(said.value) and "secret" not in str(said.value)
    monkeypatch.setenv("NO_PROXY", "example.org,.example")
    assert Client(ELSEWHERE).route == ""


def test_a_proxy_that_fails_is_named_and_its_password_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:secret@127.0.0.1:9")
    with pytest.raises(UserError, match=f"no service at {ELSEWHERE} by the proxy of http_proxy") as said:
        Client(ELSEWHERE).searches()
    assert "secret" not in str(said.value)


def test_what_a_proxy_answers_itself_is_told_as_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with server({f"{ELSEWHERE}/v1/searches": [(502, "text/html", b"<h1>no</h1>")]}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.removeprefix("http://"))  # as many write it
        with pytest.raises(UserError, match="by the proxy of http_proxy is no searchsvc: got status 502"):
            Client(ELSEWHERE).searches()


def test_a_proxy_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    with server({f"{ELSEWHERE}/v1/searches/1": [status("paused")]}) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy)
        assert Client(ELSEWHERE).search("1").status()["state"] == "paused"


def test_certificates_that_are_not_there_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "not.pem").write_text("nothing")
    for name, value in (
        ("SSL_CERT_DIR", str(tmp_path / "none")),
        ("SSL_CERT_FILE", str(tmp_path / "none.pem")),
        ("SSL_CERT_FILE", str(tmp_path / "not.pem")),
        ("SSL_CERT_FILE", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
        with pytest.raises(UserError, match=f"^{name}: got '{value}'") as said:
            Client("https://service.example")
        assert "\n" not in str(said.value)
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert Client("https://service.example").route == " with the certificates of SSL_CERT_DIR"
