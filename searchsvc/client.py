"""The Python client: submit a search, wait for it, pull its best configuration.

.. code-block:: python

    from searchsvc import Client, build

    search = Client().submit({"kind": "neuron_placement", "task": "digits"}).wait()
    network = build(search.best())  # a torch.nn.Module
"""

import json
import os
import time
import uuid
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx
import httpx_sse

from searchsvc.objectives import ACCURACY, SCORES
from spaces.errors import UserError
from spaces.points import described

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects as go

T = TypeVar("T")
DEFAULT_URL = "http://127.0.0.1:8000"
FINAL_STATES = ("succeeded", "failed", "cancelled")
ANSWERS = (
    *("application/json", "text/event-stream", "application/octet-stream"),
    *("text/csv", "application/vnd.apache.parquet"),
)
RETRIES = 5  # with waits of 0.2, 0.4, ... s
PATIENCE = 25  # retries while a service that has answered before is started again


@dataclass(frozen=True)
class Event:
    """Something that happened to a search; `number` counts 1, 2, 3, ..."""

    number: int
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A candidate's place; `metrics` maps names such as accuracy/validation to n, mean, std and ci95.

    `violates` names constraints; `energy_overhead` is relative to the all-LIF baseline; `point` has the values of named
    dimensions, `prediction` the mean and sd that a surrogate expected. Of the leaders, `p_first` and `is_similar` say
    whether they differ from the best (Welch's test, Holm-corrected); accuracy/validation_confirmed is that over fresh
    seeds. Test metrics are there once the search has ended.
    """

    rank: int
    candidate: int
    label: str
    origin: str
    placement: list[str]
    metrics: dict[str, dict[str, float | None]]
    violates: list[str]
    energy_overhead: float | None
    point: dict[str, Any] = field(default_factory=dict)
    prediction: dict[str, float] | None = None
    is_best: bool = False
    p_first: float | None = None
    is_similar: bool | None = None
    difference_first: float | None = None

    @property
    def summary(self) -> str:
        """What it is: its neurons by layer, or its values of the named dimensions."""
        return described(self.point) if self.point else " ".join(self.placement)


@dataclass(frozen=True)
class Leaderboard:
    """Candidates by the objective's mean, best first; those that violate a constraint behind."""

    state: str
    seeds: int
    objective: str
    rows: list[Row]
    search_seconds: float
    retrain_seconds: float
    conclusion: dict[str, Any] | None
    more: bool = False  # candidates behind these

    def to_pandas(self) -> "pandas.DataFrame":
        """A row a candidate, a column a metric (its mean) and one for its standard deviation."""
        import pandas

        return pandas.DataFrame([_flat(row) for row in self.rows])

    def __str__(self) -> str:
        lines = [f"{row.rank:>3}  {_scores(row.metrics)}  {row.label}: {row.summary}" for row in self.rows]
        return "\n".join([f"     validation{self._unit}   test{self._unit}", *lines])

    @property
    def _unit(self) -> str:
        return " %" if any(ACCURACY in row.metrics for row in self.rows) else ""


class Trials(list[dict[str, Any]]):
    """Trials as the service describes them."""

    def to_pandas(self) -> "pandas.DataFrame":
        """A row a trial, a column a cost."""
        import pandas

        return pandas.DataFrame([{**{k: v for k, v in t.items() if k != "costs"}, **t["costs"]} for t in self])


class Client:
    """A service's address. Errors of the service come as `UserError` with its explanation."""

    def __init__(self, url: str | None = None, *, timeout: float = 30.0) -> None:
        self.url = (url or os.environ.get("SEARCHSVC_URL") or DEFAULT_URL).rstrip("/")
        try:
            self.http = httpx.Client(base_url=self.url, timeout=timeout)
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
        return Search(self, self.request("POST", "/v1/searches", content=body, headers=headers).json()["id"])

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
        return self.patiently(lambda: _checked(self.http.request(method, path, **options)))

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
                raise UserError(f"{self.url} is no searchsvc: {error}") from None
            except (httpx.TransportError, _Unavailable) as error:
                if attempt == (PATIENCE if self._answered else RETRIES):
                    raise UserError(
                        f"no service at {self.url} ({error}); start one with: searchsvc up, or set SEARCHSVC_URL"
                    ) from None
                _pause(attempt)
        raise AssertionError("unreachable")

    def _bad_url(self, error: Exception) -> UserError:
        return UserError(f"url: got {self.url!r} ({error}); give an address such as {DEFAULT_URL}")


def _pause(failures: int) -> None:
    """Before the next try, the longer the more have failed."""
    time.sleep(min(2.0, 0.2 * (failures + 1)))


class Search:
    """One search of a service."""

    def __init__(self, client: Client, search_id: str) -> None:
        self.client = client
        self.id = search_id
        self.path = f"/v1/searches/{quote(search_id, safe='')}"

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
                    raise UserError(f"lost the service at {self.client.url} ({error})") from None
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
        return Leaderboard(rows=rows, more=found["next_cursor"] is not None, **{name: found[name] for name in names})

    def best(self, rank: int = 1) -> dict[str, Any]:
        """The configuration of `rank` with its manifest, ready for `build`."""
        found: dict[str, Any] = self._get("/best", params={"rank": rank}).json()
        return found

    def trials(self) -> "Trials":
        """Every trial, by number."""
        found, cursor = Trials(), -1
        while cursor is not None:
            page = self._get("/trials", params={"limit": 1000, "cursor": cursor}).json()
            found += page["trials"]
            cursor = page["next_cursor"]
        return found

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
        return go.Figure(self._get(f"/figures/{quote(kind, safe='')}", params={"of": of}).json())

    def export(self, path: str | Path, format: str = "csv") -> Path:
        """Save every trial as a CSV or Parquet file."""

        def download() -> Path:
            with self.client.http.stream("GET", f"{self.path}/trials", params={"format": format}) as response:
                if not response.is_success:
                    response.read()
                _checked(response)
                with Path(path).open("wb") as file:
                    file.writelines(response.iter_bytes())
            return Path(path)

        return self.client.patiently(download)

    def weights(self, path: str | Path, rank: int = 1) -> Path:
        """Save the trained weights of the best trial of `rank`, for `load_weights`."""
        trial = self.best(rank)["manifest"]["trial"]
        Path(path).write_bytes(self.client.request("GET", f"/v1/trials/{trial}/weights").content)
        return Path(path)

    def cancel(self) -> None:
        self._post("/cancel")

    def pause(self) -> None:
        self._post("/pause")

    def resume(self) -> None:
        self._post("/resume")

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
            _checked(source.response)
            for message in source.iter_sse():
                if not message.data:
                    continue  # a comment that keeps the connection open
                yield Event(int(message.id), message.event, message.json())


class _Unavailable(Exception):
    """The service answers, its database does not: worth another try."""


def _checked(response: httpx.Response) -> httpx.Response:
    """A good answer of a searchsvc; its problem as an error, and what is none of its answers too."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    if response.is_success and (kind in ANSWERS or response.status_code == 204):
        return response
    try:
        said = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{response.url} is no searchsvc: got status {response.status_code} with {kind!r}") from None
    raise _Unavailable(said) if response.status_code == 503 else UserError(said)


def _scores(metrics: dict[str, dict[str, float | None]]) -> str:
    name = next(name for name in SCORES if name in metrics)
    validation, test = metrics[name], metrics.get(f"{name.partition('/')[0]}/test")
    scale = 100 if name == ACCURACY else 1  # percent
    spread = f"± {scale * validation['std']:.2f}" if validation["std"] is not None else ""
    tested = f"{scale * (test['mean'] or 0):6.2f}" if test else " " * 6
    return f"{scale * (validation['mean'] or 0):6.2f} {spread:6}  {tested}"


def _flat(row: Row) -> dict[str, Any]:
    names = sorted(row.metrics, key=lambda name: not name.startswith("accuracy/"))
    metrics = {name: row.metrics[name]["mean"] for name in names}
    spread = {f"{name}/std": row.metrics[name]["std"] for name in names}
    about = {
        "origin": row.origin,
        "placement": "-".join(row.placement),
        "energy_overhead": row.energy_overhead,
        "violates": ", ".join(row.violates),
        **({"point": row.point, "prediction": row.prediction} if row.point else {}),
    }
    return {"rank": row.rank, "label": row.label, **metrics, **about, **spread}
