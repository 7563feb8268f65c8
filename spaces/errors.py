"""Errors a user can mend. Their messages say what was got, what is allowed and what to do; bugs stay plain."""


class UserError(Exception):
    """Base of every error that the user, not the programmer, can mend."""

    status = 422
    title = "Invalid input"


class NotFoundError(UserError):
    status = 404
    title = "Not found"


class ConflictError(UserError):
    status = 409
    title = "Conflict"


class GoneError(UserError):
    status = 410
    title = "Gone"


class TrialError(UserError):
    """A trial that cannot give a result, such as one whose loss is no longer finite."""

    title = "Trial failed"
