"""Settings of the service, each from the environment as ``SEARCHSVC_<NAME>``."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from spaces import plugins
from spaces.errors import UserError
from spaces.params import explain


class Settings(BaseSettings):
    """Everything that differs between a laptop and a cluster."""

    model_config = SettingsConfigDict(env_prefix="SEARCHSVC_", frozen=True)

    data: Path = Field(Path("searchsvc-data"), description="folder of the embedded database and of artifacts")
    database_url: str = Field("", description="postgresql://... ; empty: SQLite in the data folder")
    artifacts: str = Field("", description="folder or fsspec URL of trained weights; empty: in the data folder")
    executor: Literal["ray", "process"] = Field("ray", description="what runs trials; process: plain child processes")
    ray_address: str = Field("", description="of a Ray cluster; empty: a local one, started and stopped with us")
    host: str = Field(
        "127.0.0.1", description="where the API listens; there is no login yet, so leave it on this machine"
    )
    port: int = Field(8000, ge=0, le=65535, description="where the API listens")
    cpus: int | None = Field(None, ge=1, description="of the local Ray; empty: all of this machine")
    lease_seconds: float = Field(30.0, gt=0, description="how long a silent runner keeps its searches")
    heartbeat: Path | None = Field(None, description="file that a runner touches while it works, for health checks")
    idempotency_hours: float = Field(24.0, gt=0, description="how long an Idempotency-Key is remembered")

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data.absolute() / 'searchsvc.db'}"

    @property
    def artifact_store(self) -> str:
        return self.artifacts or str(self.data.absolute() / "artifacts")


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        UserError: naming the variable that is wrong.
    """
    plugins.check()
    try:
        return Settings()
    except ValidationError as error:
        raise UserError(
            "; ".join(
                "SEARCHSVC_" + explain({**e, "loc": [str(part).upper() for part in e["loc"]]}) for e in error.errors()
            )
        ) from None
