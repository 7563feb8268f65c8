"""Parameter models of the strategies; torch-free."""
