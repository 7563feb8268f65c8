"""Laid out like searchsvc itself: `neurons/` and `strategies/`, a file each, its parameter model in `params/`."""
