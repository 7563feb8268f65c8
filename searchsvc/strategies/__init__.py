"""Strategies: one file each, with its parameter model of the same name in ``params/``."""

from spaces.catalog import Catalog

catalog = Catalog("searchsvc.strategies")
