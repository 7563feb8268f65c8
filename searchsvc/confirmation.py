"""The winner's curse, answered: a search's leaders run again on fresh seeds before it ends.

The best of many noisy means is too good: it was chosen for its luck too (Cawley & Talbot 2010). So the search's own
scores rank, and rank alone; those over fresh seeds say how good the leaders are, and select nothing.
"""

from collections.abc import Sequence

from searchsvc.jobs import BaseJob
from searchsvc.significance import eligible
from searchsvc.strategy import Sample


def repeats(job: BaseJob, samples: Sequence[Sample]) -> list[tuple[str, int]]:
    """The label and seed of every trial that confirms a leader, in the order in which they run.

    All leaders' first fresh seeds come before any second one.
    """
    leaders = eligible(job, samples)[: job.confirm]
    return [(s.label, job.trial_seed(job.seeds + repeat)) for repeat in range(job.seeds) for s in leaders]
