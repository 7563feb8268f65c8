"""`Idempotency-Key`: a request that is sent again, because its answer was lost, is carried out once."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import Db
from api.prefix import path_below
from searchsvc.store.control import requests

Key = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern="^[ -~]*$",
        description="of your choice; the same request with it gets the same answer",
    ),
]


class _Once:
    def __init__(self, request: Request, database: Db, idempotency_key: Key = None) -> None:
        self.request = request
        self.database = database
        self.key = idempotency_key

    def __call__(self, act: Callable[[Session], Response], content: Any = None) -> Response:
        """The answer of `act`, which is one transaction; with a key that was seen before, the answer of that time.

        A request that is refused leaves no trace, so that its key stays free. `content` is what the body says.
        """
        with self.database.write() as session:
            if self.key is None:
                return act(session)
            stored = requests.begin(session, self.key, self.request.method, path_below(self.request), content)
            if stored.status:
                return Response(stored.body, stored.status, stored.headers, "application/json")
            answer = act(session)
            stored.status, stored.body = answer.status_code, bytes(answer.body).decode()
            stored.headers = {name: answer.headers[name] for name in ("location",) if name in answer.headers}
            return answer


Once = Annotated[_Once, Depends()]
