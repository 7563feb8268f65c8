from typing import ClassVar, Literal

from pydantic import Field

from searchsvc.strategies.params._base import Needs, StrategyParams


class Params(StrategyParams):
    """Differentiable architecture search: one super network, then its strongest candidate in every layer."""

    needs: ClassVar[Needs] = "layers"
    preparing_trials: ClassVar[int] = 1
    judges: ClassVar[Literal["searched", "winner"]] = "searched"
    name: Literal["darts"] = "darts"
    epochs: int = Field(12, ge=1, le=10_000, description="of the super network")
    alpha_lr: float = Field(1e-2, gt=0, le=1e3, description="Adam's rate for the architecture parameters")
    alpha_weight_decay: float = Field(1e-4, ge=0, le=1e3)
