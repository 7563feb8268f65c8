"""Hypothesis without a deadline, since a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("numerics", deadline=None, max_examples=40)
settings.load_profile("numerics")
