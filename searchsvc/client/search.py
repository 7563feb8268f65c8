"""One search of a service, as both clients see it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import httpx
import httpx_sse

from searchsvc import extras
from searchsvc.client.answers import Event, Leaderboard, Reports, Trials
from searchsvc.client.arguments import File
from searchsvc.client.output import whole
from searchsvc.client.service import PATIENCE, Service
from searchsvc.client.standing import Standing
from searchsvc.client.verbs import Pause, Steps, typed, verb
from spaces.errors import UserError

if TYPE_CHECKING:
    from plotly.graph_objects import Figure
else:  # which need not be installed
    Figure = Any

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # between two looks at a search that is waited for


class Verbs:
    """What can be asked of it, and done with it."""

    id: str
    client: Service

    @property
    def path(self) -> str:
        return f"/v1/searches/{quote(self.id, safe='', errors='replace')}"

    @verb
    def status(self) -> Steps[dict[str, Any]]:
        """State, progress, specification, error."""
        return (yield from self._json(""))  # type: ignore[no-any-return]

    @verb
    def leaderboard(self, limit: int = 1000, sort: str | None = None) -> Steps[Leaderboard]:
        """Its candidates, best first: by the objective, or by `sort`, a metric; with a leading - worst first."""
        return (yield from self._leaderboard(limit, sort))

    @verb
    def leaderboard_csv(self, sort: str | None = None) -> Steps[str]:
        """All candidates as CSV."""
        return (yield from self._get("/leaderboard", params={"format": "csv", **_by(sort)})).text

    @verb
    def best(self, rank: int = 1, candidate: int | str | None = None) -> Steps[dict[str, Any]]:
        """The configuration of `rank`, or of a candidate by label or number, with its manifest, ready for `build`."""
        return (yield from self._best(rank, candidate))

    @verb
    def trials(self) -> Steps[Trials]:
        """Every trial, by number."""
        return (yield from self._trials())

    @verb
    def reports(self) -> Steps[Reports]:
        """What every trial measured at each of its steps."""
        found = Reports()
        for trial in (yield from self._trials()):
            answer = yield from self.client.asked("GET", f"/v1/trials/{trial['id']}/reports")
            found.add(trial, answer.json()["reports"])
        return found

    @verb
    def figures(self) -> Steps[list[dict[str, Any]]]:
        """The pictures that apply to the search: kind, title, and `of`, what each can be drawn of."""
        return (yield from self._json("/figures"))["figures"]  # type: ignore[no-any-return]

    @verb
    def plot(self, kind: str, of: str = "") -> Steps[Figure]:
        """A picture of `kind`; without `of` the first that there is to choose."""
        with extras.explained():
            import plotly.graph_objects as go

        drawn = yield from self._json(f"/figures/{quote(kind, safe='', errors='replace')}", params={"of": of})
        return go.Figure(drawn)

    @verb
    def export(self, path: File, format: Literal["csv", "parquet"] = "csv") -> Steps[Path]:
        """Save every trial as a CSV or Parquet file."""
        with whole(Path(path)) as target:
            yield from self._get("/trials", params={"format": format}, target=target)
        return Path(path)

    @verb
    def weights(self, path: File, rank: int = 1, candidate: int | str | None = None) -> Steps[Path]:
        """Save the trained weights of the best trial of `rank`, or of a candidate, for `load_weights`."""
        with whole(Path(path)) as target:
            best = yield from self._best(rank, candidate)
            weights = f"/v1/trials/{best['manifest']['trial']}/weights"
            yield from self.client.asked("GET", weights, target=target)
        return Path(path)

    @verb
    def cancel(self) -> Steps[None]:
        """End it; what has been recorded stays."""
        yield from self._post("/cancel")

    @verb
    def pause(self) -> Steps[None]:
        """Set it down, until it is resumed."""
        yield from self._post("/pause")

    @verb
    def resume(self) -> Steps[None]:
        """Let it go on after a pause."""
        yield from self._post("/resume")

    @verb
    def retry(self) -> Steps[None]:
        """Let a failed search go on from what is recorded; its failed trials run again."""
        yield from self._post("/retry")

    @verb
    def delete(self) -> Steps[bool]:
        """Delete the search with all that it has found; False while its runner still has to cancel and delete it."""
        return (yield from self.client.asked("DELETE", self.path)).status_code == 204

    @typed
    def waited(self, timeout: float | None, display: Any) -> Steps[None]:
        """Until it has succeeded; how it stands is shown on a `display.Display` again and again."""
        begun = time.monotonic()
        while True:
            found = yield from self.seen(display.rows)
            display.show(found)
            if found.has_ended:
                break
            so_far = time.monotonic() - begun
            if timeout is not None and so_far >= timeout:
                raise TimeoutError(f"search {self.id} after {timeout:g} s: {found.words}; it goes on, wait again")
            pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, so_far / 20))
            yield Pause(pause if timeout is None else min(pause, timeout - so_far))
        if found.state != "succeeded":
            raise UserError(f"search {self.id} {found.state}: {found.status['error'] or 'by request'}")

    def seen(self, rows: int) -> Steps[Standing]:
        """How it stands, with so many rows of its leaderboard."""
        status = yield from self._json("")
        return Standing(status, (yield from self._leaderboard(rows)) if rows else None)

    def _leaderboard(self, limit: int, sort: str | None = None) -> Steps[Leaderboard]:
        found = yield from self._json("/leaderboard", params={"limit": limit, **_by(sort)})
        waits = found["state"] == "queued"
        return Leaderboard.of(found, (yield from self._json(""))["queue_place"] if waits else None)

    def _trials(self) -> Steps[Trials]:
        found, params = Trials(), {"limit": "1000"}
        while True:
            page = yield from self._json("/trials", params=params)
            found += page["trials"]
            if page["next_cursor"] is None:
                return found
            params["cursor"] = page["next_cursor"]

    def _best(self, rank: int, candidate: int | str | None) -> Steps[dict[str, Any]]:
        asked = {"rank": rank} if candidate is None else {"candidate": candidate}
        return (yield from self._json("/best", params=asked))  # type: ignore[no-any-return]

    def _json(self, path: str, **options: Any) -> Steps[Any]:
        return (yield from self._get(path, **options)).json()

    def _get(self, path: str, **options: Any) -> Steps[httpx.Response]:
        return self.client.asked("GET", f"{self.path}{path}", **options)

    def _post(self, path: str) -> Steps[httpx.Response]:
        return self.client.asked("POST", f"{self.path}{path}")


def _by(sort: str | None) -> dict[str, str]:
    return {} if sort is None else {"sort": sort}


class Stream:
    """Where one who listens to events is: after which one, and how often in a row the connection was lost."""

    def __init__(self, search: Verbs, after: int) -> None:
        self.search, self.after, self.failures = search, after, 0

    @property
    def request(self) -> dict[str, Any]:
        return {
            "method": "GET",
            "url": f"{self.search.path}/events",
            "headers": {"Last-Event-ID": str(self.after)},
            "timeout": httpx.Timeout(30.0, read=60.0),  # the service sends a comment every 15 s
        }

    def event(self, message: httpx_sse.ServerSentEvent) -> Event | None:
        """What it says; None of a comment that keeps the connection open."""
        if not message.data:
            return None
        self.after, self.failures = int(message.id), 0
        return Event(self.after, message.event, message.json())

    def lost(self, error: Exception) -> None:
        self.failures += 1
        if self.failures > PATIENCE:
            service = self.search.client
            raise UserError(f"lost the service at {service.url}{service.route} ({error})") from None
