"""Parameter models of the tasks; torch-free."""

from spaces.tasks.params._base import TaskParams

__all__ = ["TaskParams"]
