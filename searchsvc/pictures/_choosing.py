"""Pictures of one network: that of the leading candidate, whichever that is, or that of one by its label."""

from collections.abc import Sequence

from searchsvc.pictures._source import Candidate

LEADING = "leading"


def labels(candidates: Sequence[Candidate]) -> list[str]:
    """What such a picture can be of; nothing before there is a candidate."""
    ordered = sorted(candidates, key=lambda candidate: candidate.number)
    return [LEADING, *(name for c in ordered for name in (c.label, *c.aliases))] if candidates else []


def chosen(candidates: Sequence[Candidate], of: str) -> Candidate | None:
    """The candidate that is meant; None where there is none at all."""
    return next((one for one in candidates if of in (LEADING, one.label, *one.aliases)), None)
