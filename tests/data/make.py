"""Write the database file that upgrade tests start from: ``python -m tests.data.make``, once, when a release is made.

Three searches, as the service itself leaves them: one has succeeded, one was interrupted in a trial, one is queued.
Every table has rows.
"""

import gzip
import sqlite3
import tempfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.settings import Settings
from searchsvc.store import migrate
from searchsvc.store.db import Database
from tests.specs import TINY
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner.loop import Runner


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data=Path(name))
        migrate.upgrade(settings.database)
        run(settings)
        file = Path(name) / "searchsvc.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM")
        target = Path(__file__).parent / f"{version('searchsvc')}.db.gz"
        target.write_bytes(gzip.compress(file.read_bytes(), mtime=0))
        print(f"{target}: {target.stat().st_size} bytes, schema {migrate.current(settings.database)}")


def run(settings: Settings) -> None:
    database = Database(settings.database)
    store = Path(settings.artifact_store)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:

        def submit(name: str) -> str:
            headers = {"Idempotency-Key": f"key of {name}"}
            made: str = client.post("/v1/searches", json={**TINY, "name": name}, headers=headers).json()["id"]
            return made

        runner = Runner(database, InlineExecutor(store), 30.0, str(store), InlineAsker())
        finished = submit("finished")
        while client.get(f"/v1/searches/{finished}").json()["state"] != "succeeded":
            runner.turn()
        interrupted = submit("interrupted")
        while client.get(f"/v1/searches/{interrupted}").json()["progress"]["done"] < 4:
            runner.turn()
        submit("queued")
    database.close()  # and the runner is gone without a word


if __name__ == "__main__":
    main()
