"""Pictures, as the API gives them."""

from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from searchsvc.pictures import Offer


class FigureOffer(BaseModel):
    """A picture that there is."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    title: str
    of: list[str] = Field(description="what it can be drawn of, as the parameter `of`; empty if there is no choice")


class Figures(BaseModel):
    figures: list[FigureOffer]

    @classmethod
    def of(cls, offers: Sequence[Offer]) -> Self:
        return cls(figures=[FigureOffer.model_validate(offer) for offer in offers])


class Figure(BaseModel):
    """A picture, as plotly.js draws it."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    frames: list[dict[str, Any]] = Field([], description="of a picture with a slider")
