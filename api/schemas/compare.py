"""What the API answers about candidates side by side."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas import Estimate, FigureOffer
from searchsvc.metrics import estimate
from searchsvc.metrics.names import fresh
from searchsvc.pictures import Offer
from searchsvc.store import fields
from searchsvc.store.tables import LayerCost
from searchsvc.store.views import comparisons, learned
from searchsvc.store.views.tasks import network_name
from searchsvc.verdict import differences


class Compared(BaseModel):
    letter: str = Field(description="by which figures call it")
    name: str
    search_id: UUID
    search_name: str
    kind: str
    state: str
    objective: str
    candidate: int
    label: str
    aliases: list[str] = Field([], description="further labels")
    network: str
    placement: list[str]

    @classmethod
    def of(cls, one: comparisons.Compared) -> Self:
        return cls(
            letter=one.letter,
            name=one.name,
            search_id=one.search.id,
            search_name=one.search.name,
            kind=one.search.kind,
            state=one.search.state,
            objective=one.objective,
            candidate=one.candidate.number,
            label=one.candidate.label,
            aliases=one.candidate.aliases,
            network=network_name(one.candidate.configuration),
            placement=list(learned.placement(one.candidate.configuration)),
        )


class Leaf(BaseModel):
    """A leaf of the configurations, with its value in each candidate."""

    path: str
    values: list[Any] = Field(description='"absent" where a candidate has no such field')
    differs: bool

    @classmethod
    def every(cls, values: Sequence[Mapping[str, Any]]) -> list[Self]:
        """Of nested JSON side by side."""
        table = fields.table(values)
        return [cls(path=path, values=found, differs=fields.differs(found)) for path, found in table.items()]


class Difference(BaseModel):
    """To the first candidate: the means' difference and the half-width of its 95 % interval (Welch)."""

    value: float
    ci95: float | None = Field(
        description="null where these seeds allow none: a single trial, or scores that do not vary"
    )


class Metric(BaseModel):
    name: str
    estimates: list[Estimate | None]
    differences: list[Difference | None] = Field(description="of each candidate to the first; null for the first")


class Layer(BaseModel):
    """What a layer costs an inference."""

    layer: str
    macs: float
    acs: float
    sops: float
    firing_rate: float | None
    energy: float

    @classmethod
    def of(cls, cost: LayerCost) -> Self:
        return cls(**{name: getattr(cost, name) for name in cls.model_fields})


class Comparison(BaseModel):
    """Two to six candidates side by side."""

    candidates: list[Compared]
    configuration: list[Leaf]
    metrics: list[Metric]
    layers: dict[str, list[Layer]] = Field(description="by candidate, from the input")
    figures: list[FigureOffer] = Field(description="those that these candidates have")

    @classmethod
    def of(
        cls,
        compared: Sequence[comparisons.Compared],
        layers: Mapping[str, Sequence[LayerCost]],
        offers: Sequence[Offer],
    ) -> Self:
        names = sorted({name for one in compared for name in one.metrics}, key=_order(compared))
        return cls(
            candidates=[Compared.of(one) for one in compared],
            configuration=Leaf.every([one.candidate.configuration for one in compared]),
            metrics=[_metric(name, compared) for name in names],
            layers={name: [Layer.of(cost) for cost in costs] for name, costs in layers.items()},
            figures=[FigureOffer.model_validate(offer) for offer in offers],
        )


def _order(compared: Sequence[comparisons.Compared]) -> Callable[[str], tuple[int, str]]:
    """The objectives first, then what they are over fresh seeds, the test part, other scores, and costs."""
    objectives = {one.objective for one in compared}
    ahead = (objectives, {fresh(name) for name in objectives})

    def order(name: str) -> tuple[int, str]:
        groups = (name in ahead[0], name in ahead[1], "/test_confirmed" in name, "/test" in name, "/val" in name, True)
        return groups.index(True), name

    return order


def _metric(name: str, compared: Sequence[comparisons.Compared]) -> Metric:
    estimates = [one.metrics.get(name) for one in compared]
    first, *others = estimates
    return Metric(
        name=name,
        estimates=[Estimate.model_validate(e) if e else None for e in estimates],
        differences=[None, *(_difference(first, other) for other in others)],
    )


def _difference(first: estimate.Estimate | None, other: estimate.Estimate | None) -> Difference | None:
    if first is None or other is None:
        return None
    value, ci95 = differences.difference(first, other)
    return Difference(value=value, ci95=ci95)
