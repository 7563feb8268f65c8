from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from spaces.fittings.params._base import FittingParams
from spaces.metrics import COMPRESSED, COSTS, Metric
from spaces.params import Fraction, later

if TYPE_CHECKING:
    from spaces.tasks.params import TaskParams

Beta = Annotated[float, Field(ge=0, lt=1)]


class Params(FittingParams):
    """Gradient descent of all weights (by default as in the retraining of ST-DANO and LNM)."""

    asks: ClassVar[frozenset[str]] = frozenset({"gradients"})
    targets: ClassVar[frozenset[str]] = frozenset({"classes", "sequences"})
    measures: ClassVar[tuple[Metric, ...]] = (COMPRESSED, *COSTS)

    name: Literal["gradient"] = later("gradient")
    epochs: int = Field(6, ge=1, le=10_000)
    batch_size: int = Field(32, ge=2, le=65_536)
    optimiser: Literal["sgd", "adam", "adamw"] = later("sgd", description="sgd has momentum, the others betas")
    lr: float = Field(0.05, gt=0, le=1e3)
    momentum: float = Field(0.9, ge=0, lt=1)
    betas: tuple[Beta, Beta] = later((0.9, 0.999), description="of adam and adamw: what their means keep")
    weight_decay: float = Field(5e-5, ge=0, le=1e3)
    neuron_lr: float = Field(1e-2, gt=0, le=1e3, description="of what neurons learn: LNM's theta, PLIF's time constant")
    compress_to: int | None = Field(
        None, ge=1, le=64, description="also score the trained network with LNM's polynomials fitted by this degree"
    )
    schedule: Literal["cosine", "constant"] = later("cosine", description="of the learning rate, after its warm-up")
    warmup_epochs: int = Field(0, ge=0, le=10_000, description="of a learning rate that rises in a straight line")
    label_smoothing: Fraction = 0.0
    loss: Literal["tet", "cross_entropy"] = Field("tet", description="of classes; numbers have a mean squared error")
    tet_lambda: Fraction = Field(0.05, description="weight of TET's mean squared error towards the threshold")

    def check(self, task: "TaskParams") -> None:
        if self.compress_to and task.targets != "classes":
            raise ValueError(
                f"training.compress_to: got {self.compress_to} for task {task.name}, which has no accuracy to score; "
                "leave it out"
            )

    @property
    def copies(self) -> int:
        """Weights, gradients, and what the optimiser remembers."""
        return 3 if self.optimiser == "sgd" else 4

    @property
    def kept_samples(self) -> int:
        return self.batch_size
