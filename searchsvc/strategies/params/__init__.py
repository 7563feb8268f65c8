"""Parameter models of the strategies; torch-free."""

from searchsvc.strategies.params._base import Needs, StrategyParams

__all__ = ["Needs", "StrategyParams"]
