"""Synapses: one file each, with its parameter model of the same name in ``params/``."""
