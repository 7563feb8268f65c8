"""A temporary plugin: installed into a folder, and used in an interpreter of its own, since catalogs are read once."""

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from tests import plugin

Check = Callable[[str], list[str]]


def install(site: Path, files: Mapping[str, str]) -> None:
    """The plugin `lab` with these modules, by their paths within it."""
    plugin.install(site, "lab", files, "lab_members")


def said(site: Path, code: str) -> Any:
    """What `code`, run where the plugin may, prints last, as JSON."""
    return json.loads(plugin.python(site, "lab", code).splitlines()[-1])


def carry_out(
    spec: dict[str, Any], *paths: str, lose: Collection[int] = (), check: Check = lambda url: []
) -> list[Any]:
    """Submit a search to the API and run it here; the answers to these paths, in which ID is the search's.

    Last comes what `searchsvc audit` finds wrong.

    Args:
        lose: trials whose workers die once.
        check: what else is wrong with the database of this address.
    """
    from fastapi.testclient import TestClient

    from api.app import create_app
    from searchsvc.service.audit import audit
    from searchsvc.service.settings import Settings
    from searchsvc.store import migrate
    from searchsvc.store.db import Database
    from tests.workers.inline import InlineAsker, InlineExecutor
    from workers.runner.loop import Runner

    with TemporaryDirectory() as folder:
        chosen = Settings(data=Path(folder))
        migrate.upgrade(chosen.database)
        with (
            TestClient(create_app(chosen), base_url="http://127.0.0.1:8000") as client,
            closing(Database(chosen.database)) as database,
            closing(InlineExecutor(Path(folder) / "store")) as executor,
            closing(Runner(database, executor, 30.0, str(executor.store), InlineAsker())) as runner,
        ):
            answer = client.post("/v1/searches", json=spec)
            assert answer.status_code == 201, answer.text
            search = answer.headers["Location"]
            executor.lose = set(lose)
            while (now := client.get(search).json())["state"] in ("queued", "running"):
                assert not runner.held.declined, now
                runner.turn()
            answers = [_content(client.get(path.replace("ID", search))) for path in ("ID", *paths)]
            with database.read() as session:
                wrong = audit(session, UUID(search.rpartition("/")[2]))[1]
            return [*answers, wrong + check(chosen.database)]


def _content(answer: Any) -> Any:
    return answer.text if "format=csv" in str(answer.url) else answer.json()


def declined(spec: dict[str, Any]) -> tuple[str, str | None]:
    """The state of a search that a runner with plain processes has looked at, and why it waits."""
    from searchsvc import kinds
    from searchsvc.store import migrate
    from searchsvc.store.control import searches
    from searchsvc.store.db import Database
    from tests.workers.inline import InlineAsker
    from workers.executors.process import ProcessExecutor
    from workers.runner.loop import Runner

    with TemporaryDirectory() as folder:
        migrate.upgrade(f"sqlite:///{folder}/searchsvc.db")
        with (
            closing(Database(f"sqlite:///{folder}/searchsvc.db")) as database,
            closing(ProcessExecutor(folder)) as executor,
            closing(Runner(database, executor, 30.0, folder, InlineAsker())) as runner,
        ):
            with database.write() as session:
                search_id = searches.submit(session, kinds.read(spec)).id
            runner.turn()
            with database.read() as session:
                search = searches.get(session, search_id)
                return search.state, search.waiting
