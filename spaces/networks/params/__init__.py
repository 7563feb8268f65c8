"""Parameter models of the networks; torch-free."""
