"""Settings from the environment: empty ones, and folders whatever characters their names have."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from searchsvc.client import Client
from searchsvc.client.service import DEFAULT_URL
from searchsvc.service.settings import Settings, settings
from searchsvc.store import artifacts, migrate
from searchsvc.store.backup import backup, restore
from searchsvc.store.db import Database
from spaces import environment, plugins
from spaces.errors import UserError
from spaces.tasks import _files

ODD = ("what? now", "a%20b", "run::2", "a#b", "a&b=c", "x@y:z", "[1]*", "s3:", "é ☃", "line\nbreak", ":memory:", "+ +")
OTHER: dict[str, Any] = {
    "root_path": "/x",
    "port": 1,
    "cpus": 1,
    "lease_seconds": 1,
    "idempotency_hours": 1,
    "executor": "process",
    "scripted_seconds": 1,
    "webhook": "https://example.org/ended",
    "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


@pytest.mark.parametrize("name", Settings.model_fields)
@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch, name: str, empty: str) -> None:
    variable = f"SEARCHSVC_{name.upper()}"
    monkeypatch.delenv(variable, raising=False)
    if name == "webhook":
        monkeypatch.setenv("SEARCHSVC_WEBHOOK_SECRET", OTHER["webhook_secret"])
    expected = Settings()
    monkeypatch.setenv(variable, str(OTHER.get(name, "elsewhere")))
    assert getattr(Settings(), name) != getattr(expected, name)  # it is read at all
    monkeypatch.setenv(variable, empty)
    assert Settings() == expected
    assert not Settings.model_fields[name].is_required()


@pytest.mark.parametrize("empty", ["", " "])
def test_so_it_does_where_no_setting_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, empty: str) -> None:
    for name in ("SEARCHSVC_URL", "SEARCHSVC_DATASETS", "SEARCHSVC_PLUGINS"):
        monkeypatch.setenv(name, empty)
    monkeypatch.chdir(tmp_path)
    assert Client().url == DEFAULT_URL
    assert plugins.allowed.__wrapped__() == {}
    with pytest.raises(UserError, match=f"{tmp_path}/datasets/cifar has no"):
        _files.folder("cifar", ["a"])


def test_what_libraries_read_is_set_where_it_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "")
    environment.set_default("RAY_AUTH_MODE", "token")
    assert os.environ["RAY_AUTH_MODE"] == "token"
    environment.set_default("RAY_AUTH_MODE", "other")
    assert os.environ["RAY_AUTH_MODE"] == "token"


@pytest.mark.parametrize("name", ODD)
def test_the_data_folder_is_the_one_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, migrated_file: Path, name: str
) -> None:
    folder = tmp_path / name
    monkeypatch.setenv("SEARCHSVC_DATA", str(folder))
    chosen = Settings()
    folder.mkdir()
    shutil.copy(migrated_file, folder / "searchsvc.db")
    assert migrate.current(chosen.database) == migrate.head()
    kept = backup(chosen.database)
    assert kept.parent == folder and restore(chosen.database, kept).parent == folder
    artifacts.write(chosen.artifact_store, "search/trial/x", b"1")
    assert (folder / "artifacts/search/trial/x").read_bytes() == b"1"
    assert list(tmp_path.iterdir()) == [folder]


def test_data_lie_in_the_platforms_folder_wherever_a_program_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().data == Path(os.environ["XDG_DATA_HOME"], "searchsvc")  # of all tests: not the user's own
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_DATA_HOME", "")
    assert Settings().data == Path("/home/somebody/.local/share/searchsvc")
    monkeypatch.setattr("searchsvc.service.settings.user_data_path", lambda *_, **__: Path("~/.local/share/searchsvc"))
    assert Settings().data == tmp_path / "searchsvc-data"  # a user without a home


def test_data_in_the_former_place_are_named_unless_a_place_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    settings.__wrapped__()
    (tmp_path / "searchsvc-data").mkdir()
    assert not Settings(data="searchsvc-data").left_behind
    assert not Settings(database_url="postgresql://h/x", artifacts="kept").left_behind
    assert Settings(database_url="postgresql://h/x").left_behind  # its weights lay there
    assert not caplog.messages
    settings.__wrapped__()
    (said,) = caplog.messages
    assert said.startswith(f"{tmp_path}/searchsvc-data has data of an earlier version")
    assert f"{Settings().data} now" in said and "--data searchsvc-data" in said


def test_places_are_shown_without_passwords() -> None:
    assert Settings(data="/a").places == "/a"
    chosen = Settings(data="/a", database_url="postgresql://me:secret@host/x", artifacts="memory://me:secret@host/w")
    assert chosen.places == "postgresql+psycopg://me:***@host/x, weights in memory://***@host/w"


@pytest.mark.parametrize("name", ODD)
def test_the_artifact_store_is_the_folder_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    for given in (name, str(tmp_path / name)):
        store = Settings(artifacts=given).artifact_store
        artifacts.write(store, "search/a/x", b"1")
        assert (tmp_path / name / "search/a/x").exists() and artifacts.read(store, "search/a/x") == b"1"
        assert artifacts.sweep(store, ["search"], [], -10) == ["search/a/x"]
        artifacts.delete(store, "search/a/x")
        assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_places_stay_where_they_are_when_the_current_folder_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    chosen = Settings(data="run", artifacts="kept", heartbeat="beat")
    home = Settings(data="~/run", artifacts="~/kept")
    monkeypatch.chdir("/")
    assert (chosen.data, chosen.heartbeat) == (tmp_path / "run", tmp_path / "beat")
    assert chosen.artifact_store == str(tmp_path / "kept")
    assert str(home.data) == "/home/somebody/run" and home.artifact_store == "/home/somebody/kept"


def test_a_store_elsewhere_is_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(artifacts="memory://weights").artifact_store == "memory://weights"
    artifacts.write("memory://weights", "a/x", b"1")
    assert artifacts.read("memory://weights", "a/x") == b"1"
    for wrong in ("nonsense://bucket", "simplecache::nonsense://bucket"):
        monkeypatch.setenv("SEARCHSVC_ARTIFACTS", wrong)
        with pytest.raises(UserError, match=r"SEARCHSVC_ARTIFACTS: got '.*nonsense"):
            settings.__wrapped__()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///what? now.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://host/x",
        "postgresql://h:port/x",
        "/a/x.db",
    ],
)
def test_an_address_that_names_no_database_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"SEARCHSVC_DATABASE_URL .*: got .*allowed"):
        Database(url)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"SEARCHSVC_DATA .*: got .* no UTF-8"):
        _ = Settings(data=os.fsdecode(b"/tmp/\xff")).database


def test_an_installation_may_lie_in_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copied = tmp_path / "100% a:b" / "migrations"
    copied.parent.mkdir()
    copied.symlink_to(Path(migrate.__file__).parents[2] / "migrations")
    monkeypatch.setattr(migrate, "SCRIPTS", copied)
    folder = tmp_path / "what? now %20"
    assert migrate.upgrade(Settings(data=folder).database) == migrate.head()
    assert (folder / "searchsvc.db").stat().st_size


@pytest.mark.parametrize("path", ["/a/../b", "/./a", "..", "https://example.org/a", "/a b", "/a?b"])
def test_a_prefix_that_browsers_would_resolve_or_split_is_refused(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("SEARCHSVC_ROOT_PATH", path)
    with pytest.raises(UserError, match=r"SEARCHSVC_ROOT_PATH: got .*give one such as /searchsvc"):
        settings.__wrapped__()
