"""What the API answers."""

from api.schemas.figures import Figure, FigureOffer, Figures
from api.schemas.leaderboard import Estimate, Leaderboard, Prediction, Row
from api.schemas.searches import Listed, Progress, Search, Searches, Webhook
from api.schemas.times import at
from api.schemas.trials import (
    Architecture,
    LayerCost,
    LayerCosts,
    LayerParameter,
    Metric,
    Report,
    Reports,
    Trial,
    Trials,
)

__all__ = [
    "Architecture",
    "Estimate",
    "Figure",
    "FigureOffer",
    "Figures",
    "LayerCost",
    "LayerCosts",
    "LayerParameter",
    "Leaderboard",
    "Listed",
    "Metric",
    "Prediction",
    "Progress",
    "Report",
    "Reports",
    "Row",
    "Search",
    "Searches",
    "Trial",
    "Trials",
    "Webhook",
    "at",
]
