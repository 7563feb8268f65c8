"""Parameter models of the tasks; torch-free."""
