"""A service as both clients see it: its address, its answers, when to ask again, and what can be asked of it."""

import json
import uuid
from typing import Any

import httpx

from searchsvc.client.verbs import Pause, Request, Steps, verb
from searchsvc.written import fields
from spaces.environment import variable
from spaces.errors import ConflictError, GoneError, NotFoundError, UserError

DEFAULT_URL = "http://127.0.0.1:8000"
ANSWERS = (
    *("application/json", "text/event-stream", "application/octet-stream"),
    *("text/csv", "application/vnd.apache.parquet"),
)
ERRORS: dict[int, type[UserError]] = {each.status: each for each in (NotFoundError, ConflictError, GoneError)}
RETRIES = 5  # with waits of 0.2, 0.4, ... s
PAGE = 200  # searches of one answer
PATIENCE = 25  # retries while a service that has answered before is started again


class Service:
    """What it is asked, and what its answers mean."""

    url: str
    route: str = ""  # words that say how it is reached, if not directly
    _answered = False

    @verb
    def searches(
        self, limit: int | None = 50, *, state: str | None = None, kind: str | None = None, name: str = ""
    ) -> Steps[list[dict[str, Any]]]:
        """The newest searches with state and progress, of these alone: at most `limit`, or all.

        Args:
            name: what their names contain, in any case.
        """
        said = {"state": state, "kind": kind, "name": name}
        params, found = {key: value for key, value in said.items() if value}, list[dict[str, Any]]()
        while limit is None or len(found) < limit:
            room = PAGE if limit is None else min(PAGE, limit - len(found))
            page = yield from self._json("/v1/searches", params={**params, "limit": room})
            found += page["searches"]
            if page["next_cursor"] is None:
                break
            params["cursor"] = page["next_cursor"]
        return found

    @verb
    def compare(self, candidates: list[str]) -> Steps[dict[str, Any]]:
        """Two to six candidates side by side, each as ``search:candidate``, by ids, numbers or names."""
        return (yield from self._json("/v1/compare", params={"candidate": candidates}))  # type: ignore[no-any-return]

    @verb
    def catalog(self) -> Steps[dict[str, Any]]:
        """Every kind of search, neuron, network, task and strategy, with the JSON schema of its parameters."""
        return (yield from self._json("/v1/catalog"))  # type: ignore[no-any-return]

    @verb
    def tasks(self) -> Steps[list[dict[str, Any]]]:
        """Every task with its number of searches, its best candidate so far and how much the literature reports."""
        return (yield from self._json("/v1/tasks"))["tasks"]  # type: ignore[no-any-return]

    @verb
    def task(self, name: str) -> Steps[dict[str, Any]]:
        """The best candidates of a task across its searches (`rows`), and the literature's apart (`published`)."""
        return (yield from self._json("/v1/leaderboard", params={"task": name}))  # type: ignore[no-any-return]

    @verb
    def estimate(self, spec: Any) -> Steps[dict[str, Any]]:
        """What a search of this specification would take, in trials, hours and memory; nothing is stored."""
        return (yield from self._sent("/v1/estimate", spec))

    def submitted(self, spec: Any) -> Steps[dict[str, Any]]:
        """The search as the service has stored it."""
        return (yield from self._sent("/v1/searches", spec))

    def _sent(self, path: str, spec: Any) -> Steps[dict[str, Any]]:
        try:
            body = json.dumps(fields(spec), allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise UserError(f"specification: {error}; give text, finite numbers, lists and mappings only") from None
        headers = {"Content-Type": "application/json"}
        made = yield from self.asked("POST", path, content=body, headers=headers)
        return made.json()  # type: ignore[no-any-return]

    def _json(self, path: str, **options: Any) -> Steps[Any]:
        return (yield from self.asked("GET", path, **options)).json()

    def asked(self, method: str, path: str, **options: Any) -> Steps[httpx.Response]:
        """One request; sent again, with the same key so that it counts once, when its answer is lost or is a 503."""
        if method != "GET":
            options["headers"] = {"Idempotency-Key": str(uuid.uuid4()), **options.get("headers", {})}
        request = Request(method, path, **options)
        for attempt in range(PATIENCE + 1):
            try:
                answer = self.checked((yield request))
                self._answered = True
                return answer
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise bad_url(self.url, error) from None
            except httpx.DecodingError as error:
                raise UserError(f"{self.url}{self.route} is no searchsvc: {error}") from None
            except (httpx.TransportError, Unavailable) as error:
                if attempt == (PATIENCE if self._answered else RETRIES):
                    raise UserError(
                        f"no service at {self.url}{self.route} ({error}); "
                        "start one with: searchsvc up, or set SEARCHSVC_URL"
                    ) from None
            yield pause(attempt)
        raise AssertionError("unreachable")

    def checked(self, response: httpx.Response) -> httpx.Response:
        """A good answer of a searchsvc; its problem as an error, and what is none of its answers too."""
        status, kind = response.status_code, response.headers.get("content-type", "").partition(";")[0]
        if response.is_success and (kind in ANSWERS or status == 204):
            return response
        try:
            said = str(response.json()["detail"])
        except (ValueError, KeyError, TypeError, httpx.StreamError):
            raise UserError(f"{response.url}{self.route} is no searchsvc: got status {status} with {kind!r}") from None
        raise Unavailable(said) if status == 503 else ERRORS.get(status, UserError)(said)


class Unavailable(Exception):
    """The service answers, its database does not: worth another try."""


def pause(failures: int) -> Pause:
    """Before the next try, the longer the more have failed."""
    return Pause(min(2.0, 0.2 * (failures + 1)))


def address(url: str | None) -> str:
    """That is given, or that of the environment."""
    if not isinstance(url, str | None):
        raise bad_url(url, "no text")
    return (url or variable("SEARCHSVC_URL", DEFAULT_URL)).rstrip("/")


def bad_url(url: object, error: object) -> UserError:
    return UserError(f"url: got {url!r} ({error}); give an address such as {DEFAULT_URL}")
