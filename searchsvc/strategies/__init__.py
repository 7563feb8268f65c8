"""Strategies: one file each, with its parameter model of the same name in ``params/``; that one is torch-free.

What a strategy `needs` of a kind of search is one of

- ``candidates``: it names all of them (`sweep.Job`),
- ``layers``: it asks which neuron each layer of a network should use (`darts.Job`),
- ``space``: it searches over named dimensions (`_points.Job`).

A kind of search takes all strategies that need what it has, those of plugins too.
"""

from typing import Any

from searchsvc.strategies._points import PointStrategy, Proposal
from spaces.catalog import Catalog

__all__ = ["PointStrategy", "Proposal", "catalog", "union"]

catalog = Catalog("searchsvc.strategies")


def union(*has: str, default: str) -> Any:
    """Of the parameter models of all strategies that need one of these; a mapping without a name is of the default."""
    return catalog.union(where=lambda model: model.needs in has, default=default)
