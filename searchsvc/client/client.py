"""The Python client: submit a search, wait for it, pull its best configuration.

.. code-block:: python

    from searchsvc import Client, build

    search = Client().submit({"kind": "neuron_placement", "task": "digits"}).wait()
    network = build(search.best())  # a torch.nn.Module

`AsyncClient` has the same verbs, which are awaited.
"""

import asyncio
import time
import weakref
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Self

import httpx
import httpx_sse

from searchsvc.client.answers import Event
from searchsvc.client.arguments import SearchId
from searchsvc.client.connection import connect
from searchsvc.client.display import shown
from searchsvc.client.search import Stream, Verbs
from searchsvc.client.service import Service, Unavailable, address, bad_url, pause
from searchsvc.client.standing import FINAL_STATES
from searchsvc.client.verbs import Async, Sync, typed

ROWS = 12  # of its leaderboard, where a search is shown


class Search(Verbs, Sync):
    """One search of a service; `warnings` are what its submission was answered with.

    A notebook shows how it stands; `wait` goes on showing it.
    """

    def __init__(self, client: "Client", search_id: str, warnings: Sequence[str] = ()) -> None:
        self.client = client
        self.http = client.http
        self.id = search_id
        self.warnings = warnings

    @property
    def state(self) -> str:
        """As the service says it now: queued, running, paused, cancelling, succeeded, failed or cancelled."""
        return str(self.status()["state"])

    @property
    def name(self) -> str:
        """That its specification gives it, or what it searches."""
        return self.carry_out(self.seen(0)).name

    def events(self, after: int = 0) -> Iterator[Event]:
        """What happens, each event once and in order, to the search's end; a lost connection is taken up again."""
        stream = Stream(self, after)
        while True:
            try:
                with httpx_sse.connect_sse(self.http, **stream.request) as source:
                    if not source.response.is_success:
                        source.response.read()
                    self.client.checked(source.response)
                    for message in source.iter_sse():
                        if event := stream.event(message):
                            yield event
                if self.status()["state"] in FINAL_STATES:
                    return
            except (httpx.TransportError, Unavailable) as error:
                stream.lost(error)
            time.sleep(pause(stream.failures).seconds)

    def wait(self, timeout: float | None = None, *, progress: bool | None = None) -> Self:
        """Return when the search has succeeded; show how it stands in a notebook, or by a bar on a terminal.

        Args:
            timeout: seconds.
            progress: whether to show it; None: in notebooks and on terminals.

        Raises:
            UserError: it failed or was cancelled.
            TimeoutError: it goes on.
        """
        with shown(progress) as display:
            self.carry_out(self.waited(timeout, display))
        return self

    def __repr__(self) -> str:
        return f"<Search {self.id} of {self.client.url}>"

    def __str__(self) -> str:
        return str(self.carry_out(self.seen(ROWS)))

    def _repr_html_(self) -> str:
        return self.carry_out(self.seen(ROWS))._repr_html_()


class Client(Service, Sync):
    """A service's address. Errors of the service come as `UserError` with its explanation."""

    def __init__(self, url: str | None = None, *, timeout: float = 30.0) -> None:
        self.url = address(url)
        try:
            self.http, self.route = connect(httpx.Client, self.url, timeout)
        except httpx.InvalidURL as error:
            raise bad_url(self.url, error) from None
        weakref.finalize(self, self.http.close)

    def submit(self, spec: Any) -> Search:
        """Submit a search: a mapping, a model such as those of `searchsvc.specifications`, or the path of a file.

        Raises:
            UserError: naming every wrong field.
        """
        made = self.carry_out(self.submitted(spec))
        return Search(self, made["id"], made.get("warnings", ()))

    @typed
    def search(self, search_id: SearchId) -> Search:
        return Search(self, str(search_id))

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncSearch(Verbs, Async):
    """One search of a service, whose verbs are awaited."""

    def __init__(self, client: "AsyncClient", search_id: str, warnings: Sequence[str] = ()) -> None:
        self.client = client
        self.http = client.http
        self.id = search_id
        self.warnings = warnings

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """As those of `Search`."""
        stream = Stream(self, after)
        while True:
            try:
                async with httpx_sse.aconnect_sse(self.http, **stream.request) as source:
                    if not source.response.is_success:
                        await source.response.aread()
                    self.client.checked(source.response)
                    async for message in source.aiter_sse():
                        if event := stream.event(message):
                            yield event
                if (await self.status())["state"] in FINAL_STATES:
                    return
            except (httpx.TransportError, Unavailable) as error:
                stream.lost(error)
            await asyncio.sleep(pause(stream.failures).seconds)

    async def wait(self, timeout: float | None = None, *, progress: bool | None = None) -> Self:
        """As that of `Search`."""
        with shown(progress) as display:
            await self.carry_out(self.waited(timeout, display))
        return self

    def __repr__(self) -> str:
        return f"<AsyncSearch {self.id} of {self.client.url}>"


class AsyncClient(Service, Async):
    """As `Client`, with verbs that are awaited: ``search = await client.submit(...)``, ``await search.wait()``."""

    def __init__(self, url: str | None = None, *, timeout: float = 30.0) -> None:
        self.url = address(url)
        try:
            self.http, self.route = connect(httpx.AsyncClient, self.url, timeout)
        except httpx.InvalidURL as error:
            raise bad_url(self.url, error) from None

    async def submit(self, spec: Any) -> AsyncSearch:
        """As that of `Client`."""
        made = await self.carry_out(self.submitted(spec))
        return AsyncSearch(self, made["id"], made.get("warnings", ()))

    @typed
    def search(self, search_id: SearchId) -> AsyncSearch:
        return AsyncSearch(self, str(search_id))

    async def close(self) -> None:
        await self.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
