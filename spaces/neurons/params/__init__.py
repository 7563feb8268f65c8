"""Parameter models of the neurons; torch-free."""
