"""A plugin of tests, whose task is scored by an error: the less the better."""
