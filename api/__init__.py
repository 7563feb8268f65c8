"""The HTTP interface: FastAPI on the database. Reaches neither torch nor Ray; meets the runner only in the database."""
