"""Are the results of two commits equal? ``python -m tests.same COMMIT`` carries out the same searches on both."""
