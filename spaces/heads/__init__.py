"""What a task wants of a network's readouts: the loss that descent follows, and the score that tells how good they are.

A task's data have one (`spaces.tasks.Data.head`).
"""

from spaces.heads._base import Head
from spaces.heads.classification import Classification
from spaces.heads.regression import Regression

__all__ = ["Classification", "Head", "Regression"]
