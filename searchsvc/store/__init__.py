"""Every query, as plain functions of a session. They never commit: the transaction belongs to the caller."""
