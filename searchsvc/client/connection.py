"""How the client reaches a service: by which proxy and with which certificates, as the environment says.

A service on this machine is reached without a proxy, whatever `http_proxy` says. What is wrong with a variable is an
error that names it.
"""

import ssl
import urllib.request
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

import httpx

from spaces.environment import variable
from spaces.errors import UserError

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # the first that is set counts, as in httpx


Http = TypeVar("Http", httpx.Client, httpx.AsyncClient)


def connect(make: type[Http], url: str, timeout: float) -> tuple[Http, str]:
    """A client of the service at `url`, and words that say how it gets there, if not directly.

    Raises:
        httpx.InvalidURL: `url` is none.
        UserError: a variable of the environment is wrong.
    """
    address = httpx.URL(url)
    named, proxy = _proxy(address)
    tls = _tls() if address.scheme == "https" else False
    try:
        http = make(base_url=address, timeout=timeout, verify=tls, proxy=proxy, trust_env=False)
    except (httpx.InvalidURL, ValueError, ImportError) as error:
        raise UserError(f"{named}: its proxy cannot be used ({error}); correct it, or unset {named}") from None
    words = [f" by the proxy of {named}"] if proxy else []
    words += [f" with the certificates of {name}" for name in CERTIFICATES if tls and variable(name)][:1]
    return http, "".join(words)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name alone.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("10.0.0.1")
    (True, True, True, False)
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host.rstrip(".").rpartition(".")[2] == "localhost"
    return address.is_loopback or address.is_unspecified


def bracketed(host: str) -> str:
    """A host as URLs have it.

    >>> bracketed("::1"), bracketed("127.0.0.1")
    ('[::1]', '127.0.0.1')
    """
    return f"[{host}]" if ":" in host else host


def _proxy(address: httpx.URL) -> tuple[str, str | None]:
    """This service's proxy, after the variable that names it; none for this machine and for those of `no_proxy`."""
    if is_loopback(address.host) or urllib.request.proxy_bypass(address.host):
        return "", None
    found = urllib.request.getproxies()
    for scheme in (address.scheme, "all"):
        if proxy := found.get(scheme, "").strip():
            names = [name for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()) if variable(name)]
            return (names or ["the system's settings"])[0], proxy if "://" in proxy else f"http://{proxy}"
    return "", None


def _tls() -> ssl.SSLContext:
    name = next((name for name in CERTIFICATES if variable(name)), "")
    if name == "SSL_CERT_DIR" and not Path(variable(name)).is_dir():
        raise UserError(f"{name}: got {variable(name)!r}, which is no folder; correct it, or unset {name}")
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # an SSLError too
        reason = error.strerror or error
        raise UserError(f"{name}: got {variable(name)!r} ({reason}); give a file of certificates") from None
