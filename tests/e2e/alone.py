"""The API alone, as a real server in this process; and a reverse proxy that serves it below a path."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from api.__main__ import Server
from api.app import create_app
from searchsvc.service.settings import Settings

HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding")


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The address of the API with these settings."""
    server = Server(create_app(settings), settings.host, settings.port, most=100)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the API has not started"
        time.sleep(0.01)
    try:
        yield f"http://{settings.host}:{settings.port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def proxied(port: int, prefix: str, *, strips: bool = True) -> Iterator[str]:
    """An address below which a proxy passes everything on to this port, byte by byte, and takes the prefix away."""

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            if not self.path.startswith(prefix):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            path = (self.path.removeprefix(prefix) or "/") if strips else self.path
            upstream.request(self.command, path, body or None, dict(self.headers))
            response = upstream.getresponse()
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):
                while piece := response.read1():
                    self.wfile.write(piece)
            upstream.close()
            self.close_connection = True

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.daemon_threads = True
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_port}{prefix}"
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
