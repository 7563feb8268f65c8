"""The Python client: submit a search, wait for it, pull its best configuration.

.. code-block:: python

    from searchsvc import Client, build

    search = Client().submit({"kind": "neuron_placement", "task": "digits"}).wait()
    network = build(search.best())  # a torch.nn.Module
"""

import json
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx
import httpx_sse

from searchsvc.client.answers import Event, Leaderboard, Row, Trials
from searchsvc.client.connection import connect
from searchsvc.client.output import whole
from spaces.environment import variable
from spaces.errors import ConflictError, GoneError, NotFoundError, UserError

if TYPE_CHECKING:
    import plotly.graph_objects as go

T = TypeVar("T")
DEFAULT_URL = "http://127.0.0.1:8000"
FINAL_STATES = ("succeeded", "failed", "cancelled")
ANSWERS = (
    *("application/json", "text/event-stream", "application/octet-stream"),
    *("text/csv", "application/vnd.apache.parquet"),
)
ERRORS: dict[int, type[UserError]] = {each.status: each for each in (NotFoundError, ConflictError, GoneError)}
RETRIES = 5  # with waits of 0.2, 0.4, ... s
PATIENCE = 25  # retries while a service that has answered before is started again


class Client:
    """A service's address. Errors of the service come as `UserError` with its explanation."""

    def __init__(self, url: str | None = None, *, timeout: float = 30.0) -> None:
        self.url = (url or variable("SEARCHSVC_URL", DEFAULT_URL)).rstrip("/")
        try:
            self.http, self.route = connect(self.url, timeout)
        except httpx.InvalidURL as error:
            raise self._bad_url(error) from None
        weakref.finalize(self, self.http.close)
        self._answered = False

    def submit(self, spec: dict[str, Any]) -> "Search":
        """Submit a search.

        Raises:
            UserError: naming every wrong field.
        """
        try:
            body = json.dumps(spec, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise UserError(f"specification: {error}; give text, finite numbers, lists and mappings only") from None
        headers = {"Content-Type": "application/json"}
        made = self.request("POST", "/v1/searches", content=body, headers=headers).json()
        return Search(self, made["id"], made.get("warnings", ()))

    def search(self, search_id: str) -> "Search":
        return Search(self, search_id)

    def searches(self) -> list[dict[str, Any]]:
        """The newest searches with state and progress."""
        found: list[dict[str, Any]] = self.request("GET", "/v1/searches").json()["searches"]
        return found

    def catalog(self) -> dict[str, Any]:
        """Every kind of search, neuron, network, task and strategy, with the JSON schema of its parameters."""
        found: dict[str, Any] = self.request("GET", "/v1/catalog").json()
        return found

    def tasks(self) -> list[dict[str, Any]]:
        """Every task with its number of searches, its best candidate so far and how much the literature reports."""
        found: list[dict[str, Any]] = self.request("GET", "/v1/tasks").json()["tasks"]
        return found

    def task(self, name: str) -> dict[str, Any]:
        """The best candidates of a task across its searches (`rows`), and the literature's apart (`published`)."""
        found: dict[str, Any] = self.request("GET", "/v1/leaderboard", params={"task": name}).json()
        return found

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request; sent again, with the same key so that it counts once, when its answer is lost or is a 503."""
        if method != "GET":
            options["headers"] = {"Idempotency-Key": str(uuid.uuid4()), **options.get("headers", {})}
        return self.patiently(lambda: self.checked(self.http.request(method, path, **options)))

    def patiently(self, act: Callable[[], T]) -> T:
        """`act`, again and again for a while if the network or the service's database fails."""
        for attempt in range(PATIENCE + 1):
            try:
                answer = act()
                self._answered = True
                return answer
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise self._bad_url(error) from None
            except httpx.DecodingError as error:
                raise UserError(f"{self.url}{self.route} is no searchsvc: {error}") from None
            except (httpx.TransportError, _Unavailable) as error:
                if attempt == (PATIENCE if self._answered else RETRIES):
                    raise UserError(
                        f"no service at {self.url}{self.route} ({error}); "
                        "start one with: searchsvc up, or set SEARCHSVC_URL"
                    ) from None
                _pause(attempt)
        raise AssertionError("unreachable")

    def checked(self, response: httpx.Response) -> httpx.Response:
        """A good answer of a searchsvc; its problem as an error, and what is none of its answers too."""
        status, kind = response.status_code, response.headers.get("content-type", "").partition(";")[0]
        if response.is_success and (kind in ANSWERS or status == 204):
            return response
        try:
            said = str(response.json()["detail"])
        except (ValueError, KeyError, TypeError):
            raise UserError(f"{response.url}{self.route} is no searchsvc: got status {status} with {kind!r}") from None
        raise _Unavailable(said) if status == 503 else ERRORS.get(status, UserError)(said)

    def _bad_url(self, error: Exception) -> UserError:
        return UserError(f"url: got {self.url!r} ({error}); give an address such as {DEFAULT_URL}")


def _pause(failures: int) -> None:
    """Before the next try, the longer the more have failed."""
    time.sleep(min(2.0, 0.2 * (failures + 1)))


class Search:
    """One search of a service; `warnings` are what its submission was answered with."""

    def __init__(self, client: Client, search_id: str, warnings: Sequence[str] = ()) -> None:
        self.client = client
        self.id = search_id
        self.warnings = warnings
        self.path = f"/v1/searches/{quote(search_id, safe='', errors='replace')}"

    def status(self) -> dict[str, Any]:
        """State, progress, specification, error."""
        found: dict[str, Any] = self._get("").json()
        return found

    def events(self, after: int = 0) -> Iterator[Event]:
        """What happens, each event once and in order, to the search's end; a lost connection is taken up again."""
        failures = 0
        while True:
            try:
                for event in self._stream(after):
                    after, failures = event.number, 0
                    yield event
                if self.status()["state"] in FINAL_STATES:
                    return
            except (httpx.TransportError, _Unavailable) as error:
                failures += 1
                if failures > PATIENCE:
                    raise UserError(f"lost the service at {self.client.url}{self.client.route} ({error})") from None
            _pause(failures)

    def wait(self) -> "Search":
        """Return when the search has succeeded.

        Raises:
            UserError: it failed or was cancelled.
        """
        status = self.status()
        if status["state"] not in FINAL_STATES:  # else its events may be archived
            for _ in self.events():
                pass
            status = self.status()
        if status["state"] != "succeeded":
            raise UserError(f"search {self.id} {status['state']}: {status['error'] or 'by request'}")
        return self

    def leaderboard(self, limit: int = 1000) -> Leaderboard:
        found = self._get("/leaderboard", params={"limit": limit}).json()
        rows = [Row(**row) for row in found["rows"]]
        names = ("state", "seeds", "objective", "search_seconds", "retrain_seconds", "conclusion")
        said = {name: found[name] for name in (*names, "compared_with") if name in found}
        return Leaderboard(rows=rows, more=found["next_cursor"] is not None, **said)

    def best(self, rank: int = 1) -> dict[str, Any]:
        """The configuration of `rank` with its manifest, ready for `build`."""
        found: dict[str, Any] = self._get("/best", params={"rank": rank}).json()
        return found

    def trials(self) -> "Trials":
        """Every trial, by number."""
        found, params = Trials(), {"limit": "1000"}
        while True:
            page = self._get("/trials", params=params).json()
            found += page["trials"]
            if page["next_cursor"] is None:
                return found
            params["cursor"] = page["next_cursor"]

    def figures(self) -> list[dict[str, Any]]:
        """The pictures that apply to the search: kind, title, and `of`, what each can be drawn of."""
        found: list[dict[str, Any]] = self._get("/figures").json()["figures"]
        return found

    def plot(self, kind: str, of: str = "") -> "go.Figure":
        """A picture of `kind`; without `of` the first that there is to choose."""
        try:
            import plotly.graph_objects as go
        except ImportError:
            raise UserError("plot: plotly is not installed; pip install plotly") from None
        return go.Figure(self._get(f"/figures/{quote(kind, safe='', errors='replace')}", params={"of": of}).json())

    def export(self, path: str | Path, format: str = "csv") -> Path:
        """Save every trial as a CSV or Parquet file."""

        def download(target: Path) -> None:
            with self.client.http.stream("GET", f"{self.path}/trials", params={"format": format}) as response:
                if not response.is_success:
                    response.read()
                self.client.checked(response)
                with target.open("wb") as file:
                    file.writelines(response.iter_bytes())

        with whole(Path(path)) as target:
            self.client.patiently(lambda: download(target))
        return Path(path)

    def weights(self, path: str | Path, rank: int = 1) -> Path:
        """Save the trained weights of the best trial of `rank`, for `load_weights`."""
        with whole(Path(path)) as target:
            trial = self.best(rank)["manifest"]["trial"]
            target.write_bytes(self.client.request("GET", f"/v1/trials/{trial}/weights").content)
        return Path(path)

    def cancel(self) -> None:
        self._post("/cancel")

    def pause(self) -> None:
        self._post("/pause")

    def resume(self) -> None:
        self._post("/resume")

    def retry(self) -> None:
        """Let a failed search go on from what is recorded; its failed trials run again."""
        self._post("/retry")

    def delete(self) -> bool:
        """Delete the search with all that it has found; False while its runner still has to cancel and delete it."""
        return self.client.request("DELETE", self.path).status_code == 204

    def _post(self, path: str) -> None:
        self.client.request("POST", f"{self.path}{path}")

    def _get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.request("GET", f"{self.path}{path}", **options)

    def _stream(self, after: int) -> Iterator[Event]:
        path, headers = f"{self.path}/events", {"Last-Event-ID": str(after)}
        timeout = httpx.Timeout(30.0, read=60.0)  # the service sends a comment every 15 s
        with httpx_sse.connect_sse(self.client.http, "GET", path, headers=headers, timeout=timeout) as source:
            if not source.response.is_success:
                source.response.read()
            self.client.checked(source.response)
            for message in source.iter_sse():
                if not message.data:
                    continue  # a comment that keeps the connection open
                yield Event(int(message.id), message.event, message.json())


class _Unavailable(Exception):
    """The service answers, its database does not: worth another try."""
