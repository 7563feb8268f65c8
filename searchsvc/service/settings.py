"""Settings of the service, each from the environment as ``SEARCHSVC_<NAME>``; an empty one means the default."""

import base64
import binascii
import logging
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from searchsvc.addresses import web_address
from searchsvc.store.artifacts import check_url, is_url
from searchsvc.store.db import normalise, sqlite_url
from spaces import plugins
from spaces.errors import UserError, got
from spaces.wording import explain

SECRET_BYTES = range(24, 65)
DEFAULT_PORT = 8000  # where clients look unless they are told otherwise
FORMER_DATA = Path("searchsvc-data")  # the default up to 0.1: in whatever folder one stood

log = logging.getLogger("searchsvc")


def absolute(path: Path) -> Path:
    """The place that a path names now, whatever the current folder is later; `~` is the user's home."""
    return (path.expanduser() if path.parts[:1] == ("~",) else path).absolute()


def _store(value: str) -> str:
    if is_url(value):
        check_url(value)
        return value
    return str(absolute(Path(value))) if value else ""


def _prefix(value: str) -> str:
    path = value.strip("/")
    legal = re.fullmatch(r"[\w.~:@+=-]+(/[\w.~:@+=-]+)*", path, re.ASCII)
    if path and (not legal or {".", ".."} & set(path.split("/"))):  # browsers resolve those
        raise ValueError(f"got {got(value)}; give one such as /searchsvc, of letters, digits and /._~:@+=-")
    return f"/{path}" if path else ""


def signing_key(secret: str) -> bytes:
    """What the base64 of a webhook's secret says.

    >>> len(signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    24
    """
    try:
        found = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        found = b""
    if len(found) not in SECRET_BYTES:
        raise ValueError("give whsec_ and base64 of 24 to 64 bytes")  # and never the secret itself
    return found


def data_folder() -> Path:
    """The platform's folder for what programs keep of a user; the former place for a user without a home."""
    folder = user_data_path("searchsvc", appauthor=False)
    return folder if folder.is_absolute() else FORMER_DATA


def _secret(value: str) -> str:
    if value:
        signing_key(value)
    return value


Place = Annotated[Path, AfterValidator(absolute)]


class Settings(BaseSettings):
    """Everything that differs between a laptop and a cluster."""

    model_config = SettingsConfigDict(env_prefix="SEARCHSVC_", frozen=True)

    data: Place = Field(default_factory=data_folder, description="folder of the embedded database and of artifacts")
    database_url: str = Field("", description="postgresql://... ; empty: SQLite in the data folder")
    artifacts: Annotated[str, AfterValidator(_store)] = Field(
        "", description="folder or fsspec URL of trained weights; empty: in the data folder"
    )
    executor: Literal["ray", "process", "scripted"] = Field(
        "ray",
        description="what runs trials; process: plain child processes; scripted: nothing is trained, scores are drawn",
    )
    scripted_seconds: float = Field(0.0, ge=0, description="how long a step of a scripted trial takes")
    ray_address: str = Field("", description="of a Ray cluster; empty: a local one, started and stopped with us")
    host: Annotated[str, AfterValidator(lambda host: host.strip("[]"))] = Field(
        "127.0.0.1", description="where the API listens; there is no login yet, so leave it on this machine"
    )
    port: int = Field(DEFAULT_PORT, ge=0, le=65535, description="where the API listens")
    allowed_hosts: str = Field(
        "", description="further names by which browsers and programs call the API, separated by commas"
    )
    root_path: Annotated[str, AfterValidator(_prefix)] = Field(
        "", description="path under which a proxy serves the API, such as /searchsvc"
    )
    cpus: int | None = Field(None, ge=1, description="of the local Ray; empty: all of this machine")
    lease_seconds: float = Field(30.0, gt=0, description="how long a silent runner keeps its searches")
    heartbeat: Place | None = Field(None, description="file that a runner touches while it works, for health checks")
    idempotency_hours: float = Field(24.0, gt=0, description="how long an Idempotency-Key is remembered")

    webhook: Annotated[str, AfterValidator(web_address)] = Field(
        "", description="address that is told when a search has ended, unless the search names another"
    )
    webhook_secret: Annotated[str, AfterValidator(_secret)] = Field(
        "",
        description="whsec_ and base64 of 24 to 64 bytes, which signs webhooks; without it there are none",
        repr=False,
    )
    webhook_hosts: str = Field(
        "", description="the hosts that webhooks may go to, separated by commas; empty: all with public addresses"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_empty_ones(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if not isinstance(value, str) or value.strip()}

    @model_validator(mode="after")
    def _can_sign(self) -> Self:
        if self.webhook and not self.webhook_secret:
            raise ValueError("WEBHOOK: it cannot be signed; set SEARCHSVC_WEBHOOK_SECRET too")
        return self

    @property
    def database(self) -> str:
        return self.database_url or sqlite_url(self.data / "searchsvc.db")

    @property
    def artifact_store(self) -> str:
        return self.artifacts or str(self.data / "artifacts")

    @property
    def hooked_hosts(self) -> frozenset[str]:
        """To which webhooks may go, whatever their addresses are; where there are some, to no others."""
        return frozenset(host.strip().lower().strip("[]") for host in self.webhook_hosts.split(",") if host.strip())

    @property
    def places(self) -> str:
        """Where everything is kept, in words without passwords."""
        if not self.database_url and not self.artifacts:
            return str(self.data)
        shown = normalise(self.database).render_as_string(hide_password=True)
        return f"{shown}, weights in {re.sub('//[^/]*@', '//***@', self.artifact_store)}"

    @property
    def left_behind(self) -> str | None:
        """That data of a former default lie in the current folder and are not used, if it is so."""
        if "data" in self.model_fields_set or (self.database_url and self.artifacts) or not FORMER_DATA.is_dir():
            return None
        return (
            f"{FORMER_DATA.absolute()} has data of an earlier version, which are not used: "
            f"they lie in {self.data} now; go on with the earlier ones by --data {FORMER_DATA} or SEARCHSVC_DATA"
        )


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        UserError: naming the variable that is wrong.
    """
    plugins.check()
    try:
        found = Settings()
    except ValidationError as error:
        raise UserError(
            "; ".join(
                "SEARCHSVC_" + explain({**e, "loc": [str(part).upper() for part in e["loc"]]}) for e in error.errors()
            )
        ) from None
    if found.left_behind:
        log.warning("%s", found.left_behind)
    return found
