"""What a service answers: events, candidates by rank, trials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from searchsvc import extras
from searchsvc.client import plain
from searchsvc.client.notebook import html, paragraph
from searchsvc.metrics import columns
from searchsvc.metrics.names import renamed
from searchsvc.metrics.words import standing, titled

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Event:
    """Something that happened to a search; `number` counts 1, 2, 3, ..."""

    number: int
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A candidate's place; `metrics` maps names such as accuracy/validation to n, mean, std and ci95.

    `violates` names constraints; one whose trials were all `ended_early` has no metrics and stands behind;
    `energy_overhead` is relative to what the leaderboard is `compared_with`; `point` has the values by which its kind
    of search tells candidates apart, `prediction` the mean and sd that a surrogate expected. Of the leaders, `p_first`
    and `is_similar` say whether they may be the best (Hsu's multiple comparisons with the best);
    accuracy/validation_confirmed is that over fresh seeds. Test metrics come with the search's end.
    """

    rank: int
    candidate: int
    label: str
    origin: str
    placement: list[str]
    metrics: dict[str, dict[str, float | None]]
    violates: list[str]
    energy_overhead: float | None
    point: dict[str, Any] = field(default_factory=dict)
    prediction: dict[str, float] | None = None
    is_best: bool = False
    p_first: float | None = None
    is_similar: bool | None = None
    difference_first: float | None = None
    ended_early: bool = False
    missing_seeds: int = 0
    aliases: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """Why it is not the best, whatever its mean."""
        lacking = f"lacks {self.missing_seeds} seed{'s' if self.missing_seeds > 1 else ''}"
        early = ["ended early"] if self.ended_early else [lacking] if self.missing_seeds else []
        return [*early, *([f"violates {', '.join(self.violates)}"] if self.violates else [])]

    @property
    def title(self) -> str:
        """All its labels."""
        return titled(self.label, self.aliases)

    @property
    def summary(self) -> str:
        """What it is: its neurons by layer, or its values of the named dimensions."""
        return columns.what(self)


@dataclass(frozen=True, repr=False)
class Leaderboard:
    """Candidates by the objective's mean, best first; those that violate a constraint behind."""

    state: str
    seeds: int
    objective: str
    rows: list[Row]
    search_seconds: float
    retrain_seconds: float
    conclusion: dict[str, Any] | None
    more: bool = False  # candidates behind these
    compared_with: str = "LIF"  # what energies are relative to; earlier releases do not say it
    place: int | None = None  # of the search in the queue, while it waits

    @classmethod
    def of(cls, answer: Mapping[str, Any], place: int | None = None) -> Self:
        """What a service answers."""
        names = ("state", "seeds", "objective", "search_seconds", "retrain_seconds", "conclusion", "compared_with")
        said = {name: answer[name] for name in names if name in answer}
        return cls(
            rows=[Row(**row) for row in answer["rows"]], more=answer["next_cursor"] is not None, place=place, **said
        )

    @property
    def remark(self) -> str:
        """What there is to say of all candidates: the verdict, or that the search goes on or waits."""
        if self.state == "succeeded":
            return self.conclusion["sentence"] if self.conclusion else ""
        nothing = "" if self.rows else "; no candidate has finished a trial yet"
        return f"This search is {standing(self.state, self.place)}{nothing}."

    def __repr__(self) -> str:
        return "\n".join(filter(None, [self.table() if self.rows else "", self.remark]))

    def _repr_html_(self) -> str:
        return (html(self) if self.rows else "") + paragraph(self.remark)

    def to_pandas(self) -> "pandas.DataFrame":
        """A row a candidate, a column a metric (its mean) and one for its standard deviation."""
        with extras.explained():
            import pandas

        return pandas.DataFrame([_flat(row) for row in self.rows])

    def table(self) -> str:
        """What terminal and pages show of each candidate, as text."""
        offered = columns.offered(self.rows, self.objective, self.seeds, self.compared_with)
        shown = [column for column in offered if column.key in columns.usual(offered, self.objective)]
        rows = [[str(row.rank), row.title, *(column.cell(row) for column in shown)] for row in self.rows]
        titles = ["", "candidate", *(column.heading for column in shown)]
        return plain.text(titles, rows, [True, False, *(column.is_number for column in shown)])


class Trials(list[dict[str, Any]]):
    """Trials as the service describes them."""

    def to_pandas(self) -> "pandas.DataFrame":
        """A row a trial, a column a cost."""
        with extras.explained():
            import pandas

        return pandas.DataFrame([{**{k: v for k, v in t.items() if k != "costs"}, **t["costs"]} for t in self])


class Reports(list[dict[str, Any]]):
    """What trials measured, a mapping a trial and step: which trial it is, of which candidate and seed, and metrics."""

    def add(self, trial: Mapping[str, Any], reports: Iterable[Mapping[str, Any]]) -> None:
        """Of a trial, what the service has of its steps."""
        about = {"trial": trial["number"], **{name: trial[name] for name in ("label", "phase", "seed")}}
        self.extend({**about, "step": each["step"], **renamed(each["metrics"])} for each in reports)

    def to_pandas(self) -> "pandas.DataFrame":
        """A row a trial and step, a column a metric.

        Curves over seeds: ``.pivot_table(index="step", columns="label", values="accuracy/validation")``.
        """
        with extras.explained():
            import pandas

        return pandas.DataFrame(list(self))


def _flat(row: Row) -> dict[str, Any]:
    names = sorted(row.metrics, key=lambda name: not name.startswith("accuracy/"))
    metrics = {name: row.metrics[name]["mean"] for name in names}
    spread = {f"{name}/std": row.metrics[name]["std"] for name in names}
    about = {
        "aliases": ", ".join(row.aliases),
        "origin": row.origin,
        "placement": "-".join(row.placement),
        "energy_overhead": row.energy_overhead,
        "violates": ", ".join(row.violates),
        **({"point": row.point, "prediction": row.prediction} if row.point else {}),
    }
    return {"rank": row.rank, "label": row.label, **metrics, **about, **spread}
