"""How much more a candidate costs than what its kind of search compares it with (`Kind.reference`)."""


def relative(value: float, reference: float) -> float | None:
    """None where that cost nothing.

    >>> round(relative(7.7e-7, 7.0e-7), 3)
    0.1
    """
    return value / reference - 1 if reference else None
