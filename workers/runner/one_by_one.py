"""A process that answers one call after another, so that a call which breaks it, or never ends, breaks no other.

It is asked through a pipe: the queues of a process pool have named semaphores, which stay in shared memory when all are
killed.
"""

import os
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

from workers import machine, memory

T = TypeVar("T")
_context = get_context("spawn")


class _Call(NamedTuple):
    future: "Future[Any]"
    seconds: float  # that it may take
    call: Callable[..., Any]
    arguments: tuple[Any, ...]


class OneByOne:
    """Its process is made when it is first needed, and again after it broke.

    It may take half of the machine's memory; one that does not answer within `seconds` is ended.
    """

    def __init__(self, seconds: float, nice: int = 0) -> None:
        self.seconds, self.nice = seconds, nice
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._made: tuple[BaseProcess, Connection] | None = None
        self._is_closed = False
        self._thread = threading.Thread(target=self._answer_all, daemon=True)
        self._thread.start()

    @property
    def processes(self) -> list[BaseProcess]:
        return [self._made[0]] if self._made else []

    def submit(self, call: Callable[..., T], *arguments: Any) -> "Future[T]":
        future: Future[T] = Future()
        self._calls.put(_Call(future, self.seconds, call, arguments))
        return future

    def close(self) -> None:
        self._is_closed = True
        self._calls.put(None)
        for process in self.processes:
            process.kill()
        self._thread.join()
        self._end()

    def _answer_all(self) -> None:
        while (asked := self._calls.get()) and not self._is_closed:
            if not asked.future.set_running_or_notify_cancel():
                continue
            try:
                asked.future.set_result(self._answer(asked))
            except Exception as error:
                asked.future.set_exception(error)

    def _answer(self, asked: _Call) -> Any:
        if not (self._made and self._made[0].is_alive()):
            self._end()
            self._made = self._new()
        connection = self._made[1]
        try:
            connection.send((asked.call, asked.arguments))
            if not connection.poll(asked.seconds):
                raise EOFError
            error, value = connection.recv()
        except (EOFError, OSError):
            self._end()
            raise BrokenExecutor(f"the process died, or gave no answer within {asked.seconds:g} s") from None
        if error:
            raise error
        return value

    def _new(self) -> tuple[BaseProcess, Connection]:
        ours, theirs = _context.Pipe()
        arguments = theirs, self.nice, machine.memory_bytes() // 2
        process = _context.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def _end(self) -> None:
        if self._made:
            process, connection = self._made
            self._made = None
            process.kill()
            process.join()
            connection.close()


def _serve(connection: Connection, nice: int, bytes_at_most: int) -> None:
    """Answer until whoever asks is gone."""
    os.nice(nice)
    memory.limit(bytes_at_most)
    memory.end_first()
    with suppress(EOFError, OSError):
        while True:
            connection.send(_called(*connection.recv()))


def _called(call: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Exception | None, Any]:
    try:
        return None, call(*arguments)
    except Exception as error:
        error.add_note(traceback.format_exc())  # a traceback itself does not go through a pipe
        return error, None
