"""What the literature reports: rows to show beside a leaderboard, never as results of this service. Torch-free.

>>> row = of_task("cifar100")[0]
>>> row.source.name, row.network, row.time_steps, row.value, row.unit
('ST-DANO', 'resnet18', 8, 76.25, '%')
"""

import json
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).with_suffix(".json")


class Source(BaseModel):
    """A paper, as far as it is known here."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str = Field(description="empty: not known here")
    year: int | None = Field(description="null: not known here")
    about: str


class Published(BaseModel):
    """A number from a table of a paper."""

    model_config = ConfigDict(frozen=True)

    source: Source
    dataset: str
    network: str | None = Field(description="null: not said in the table")
    time_steps: int | None = Field(description="null: not said in the table")
    method: str
    metric: str
    value: float
    unit: str = Field(description="empty: a pure number")
    note: str


@cache
def rows() -> tuple[Published, ...]:
    """Every published row, in the order of the papers' tables."""
    stored = json.loads(FILE.read_text())
    return tuple(Published(**{**row, "source": stored["sources"][row["source"]]}) for row in stored["rows"])


def of_task(task: str) -> tuple[Published, ...]:
    """Those on the dataset of this task's name."""
    return tuple(row for row in rows() if row.dataset == task)


def datasets() -> dict[str, int]:
    """How many rows there are by dataset."""
    names = [row.dataset for row in rows()]
    return {name: names.count(name) for name in sorted(set(names))}
