"""Addresses of web servers, as users give them."""

from urllib.parse import urlsplit

from spaces.errors import got


def web_address(value: str) -> str:
    """An address of a web server, or nothing.

    >>> web_address("ftp://example.org")
    Traceback (most recent call last):
    ValueError: got 'ftp://example.org'; give an address such as https://example.org/ended, without a password
    """
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        right = False
    if value and (not right or not value.isprintable() or " " in value):
        raise ValueError(f"got {got(value)}; give an address such as https://example.org/ended, without a password")
    return value
