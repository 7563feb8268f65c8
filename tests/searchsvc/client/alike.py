"""Both clients, so that one test is of either: the verbs of the one that is awaited are awaited here."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from searchsvc.client import AsyncClient, AsyncSearch, Client

Connect = Callable[[str], Any]  # a client of a service at an address


class Alike:
    """An object of either client, called as that which is not awaited; `called` has the names of its verbs."""

    def __init__(self, target: Any, runner: asyncio.Runner) -> None:
        self.target, self.runner = target, runner
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.target, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            self.called.add(name)
            answer = found(*args, **options)
            if inspect.isasyncgen(answer):
                return self.runner.run(_listed(answer))
            if inspect.iscoroutine(answer):
                answer = self.runner.run(answer)
            return Alike(answer, self.runner) if isinstance(answer, AsyncSearch) else answer

        return call


async def _listed(events: Any) -> list[Any]:
    return [event async for event in events]


@pytest.fixture(params=["Client", "AsyncClient"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    made: list[Any] = []
    with asyncio.Runner() as runner:

        def make(url: str) -> Any:
            made.append(Client(url) if request.param == "Client" else Alike(AsyncClient(url), runner))
            return made[-1]

        yield make
        for client in made:
            client.close()
