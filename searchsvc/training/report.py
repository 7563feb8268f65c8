"""What a trial tells: each step's report, and the result with the last one."""

from dataclasses import dataclass, field

from searchsvc.strategy import LayerParameter


@dataclass(frozen=True)
class Report:
    """What one step gave. `architecture`: what each layer's neuron has learned of its own."""

    step: int  # from 1
    metrics: dict[str, float]
    architecture: list[LayerParameter] = field(default_factory=list)
    result: "Result | None" = None  # of the last step


@dataclass(frozen=True)
class Result:
    """What a finished trial gave: scores and costs by full names, each declared (`searchsvc.metrics.catalog`).

    The test part's scores are told and never rank.
    """

    metrics: dict[str, float]
    layers: list[dict[str, float | str | None]]
    data_hash: str
    preprocessing: dict[str, float]
