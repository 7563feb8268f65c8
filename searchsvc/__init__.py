"""searchsvc: neural-architecture and hyperparameter search for spiking neural networks.

>>> from searchsvc import Client, build, load_weights
"""

from searchsvc.client import Client
from spaces.errors import UserError
from spaces.networks import build, discretise, load_weights, preset

__all__ = ["Client", "UserError", "build", "discretise", "load_weights", "preset"]
