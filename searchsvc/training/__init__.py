"""A trial: one configuration fitted with one seed, step by step, by the fitting that it names."""
