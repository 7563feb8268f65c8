"""searchsvc: neural-architecture and hyperparameter search for spiking neural networks.

>>> from searchsvc import AsyncClient, Client, build, load_weights
"""

from searchsvc import whose

whose.require("spaces")

from searchsvc.client import AsyncClient, Client  # noqa: E402 - a user's own `spaces` gets a sentence, not an error from inside
from spaces.errors import UserError  # noqa: E402
from spaces.networks import build, discretise, load_weights, preset  # noqa: E402

__all__ = ["AsyncClient", "Client", "UserError", "build", "discretise", "load_weights", "preset"]
