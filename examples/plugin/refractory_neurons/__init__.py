"""Laid out like searchsvc's own `spaces`: a neuron is a file in `neurons/` beside its parameter model in `params/`."""
