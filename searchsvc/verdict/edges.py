"""Where the best lies at an end of what was searched, something better may lie beyond."""

from searchsvc.kinds import BaseJob
from searchsvc.strategy import Sample


def edges(job: BaseJob, best: Sample) -> dict[str, list[str]]:
    """By dimension the bounds, in words, at which the best's value lies."""
    point = job.point(best.configuration) if best.configuration else {}
    found = {name: d.edges(point[name]) for name, d in job.dimensions.items() if name in point}
    return {name: at for name, at in found.items() if at}
