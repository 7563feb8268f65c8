"""A verb of the client is written once, as what it sends and what it makes of the answers, and has two ways to wait.

It is a generator that yields requests and pauses and knows nothing of how they are carried out, as httpx does with
authentication. An object that is `Sync` carries them out and returns, one that is `Async` is awaited.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeAlias, TypeVar, get_args, overload

import httpx
from pydantic import ConfigDict, ValidationError, validate_call

from spaces.errors import UserError
from spaces.wording import explain

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """To be sent; with a `target` the body of a good answer is written there."""

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    target: Path | None = None

    @property
    def options(self) -> dict[str, Any]:
        return {"params": self.params, "content": self.content, "headers": self.headers}


@dataclass(frozen=True)
class Pause:
    seconds: float


Steps: TypeAlias = Generator[Request | Pause, Any, T]


class Sync:
    """Carries out verbs while its caller waits."""

    http: httpx.Client

    def carry_out(self, steps: Steps[T]) -> T:
        act: Callable[[], Request | Pause] = partial(next, steps)
        try:
            while True:
                action = act()
                try:
                    act = partial(steps.send, self._done(action))
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    act = partial(steps.throw, error)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        finally:
            steps.close()

    def _done(self, action: Request | Pause) -> httpx.Response | None:
        if isinstance(action, Pause):
            time.sleep(action.seconds)
            return None
        if action.target is None:
            return self.http.request(action.method, action.path, **action.options)
        with self.http.stream(action.method, action.path, **action.options) as response:
            if not response.is_success:
                response.read()
            else:
                with action.target.open("wb") as file:
                    file.writelines(response.iter_bytes())
        return response


class Async:
    """Carries out verbs that are awaited."""

    http: httpx.AsyncClient

    async def carry_out(self, steps: Steps[T]) -> T:
        act: Callable[[], Request | Pause] = partial(next, steps)
        try:
            while True:
                action = act()
                try:
                    act = partial(steps.send, await self._done(action))
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    act = partial(steps.throw, error)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        finally:
            steps.close()

    async def _done(self, action: Request | Pause) -> httpx.Response | None:
        if isinstance(action, Pause):
            await asyncio.sleep(action.seconds)
            return None
        if action.target is None:
            return await self.http.request(action.method, action.path, **action.options)
        async with self.http.stream(action.method, action.path, **action.options) as response:
            if not response.is_success:
                await response.aread()
            else:
                with action.target.open("wb") as file:
                    async for part in response.aiter_bytes():
                        file.write(part)
        return response


class verb(Generic[P, T]):
    """A method that is written as steps: of an object that is `Sync` it returns, of an `Async` one it is awaited."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        signature = inspect.signature(steps)
        said = signature.replace(return_annotation=(get_args(signature.return_annotation) or (Any,))[-1])
        checked = typed(steps)

        @wraps(steps)
        def returned(self: Any, *args: P.args, **kwargs: P.kwargs) -> T:
            return self.carry_out(checked(self, *args, **kwargs))  # type: ignore[no-any-return]

        @wraps(steps)
        async def awaited(self: Any, *args: P.args, **kwargs: P.kwargs) -> T:
            return await self.carry_out(checked(self, *args, **kwargs))  # type: ignore[no-any-return]

        self._ways: tuple[Any, ...] = (returned, awaited)
        for way in (returned, awaited):
            vars(way)["__signature__"] = said
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, instance: Sync, owner: Any = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: Async, owner: Any = None) -> Callable[P, Awaitable[T]]: ...
    @overload
    def __get__(self, instance: None, owner: Any = None) -> Callable[..., Any]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self._ways[issubclass(owner, Async)].__get__(instance, owner)


def typed(function: Callable[P, T]) -> Callable[P, T]:
    """The same, which says in a sentence which of its arguments has a wrong type.

    >>> typed(lambda: None)()
    >>> def best(rank: int = 1) -> int: return rank
    >>> typed(best)("first")
    Traceback (most recent call last):
    spaces.errors.UserError: rank: got 'first'; give a whole number
    """
    checked: Callable[..., T] = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(function)
    signature = inspect.signature(function)

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return checked(**signature.bind(*args, **kwargs).arguments)  # by name, as errors then say it
        except ValidationError as error:
            raise UserError("; ".join(map(explain, error.errors()))) from None

    return called
