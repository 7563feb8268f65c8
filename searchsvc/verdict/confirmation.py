"""The winner's curse, answered: a search's leaders run again on fresh seeds before it ends.

The best of many noisy means is too good: it was chosen for its luck too (Cawley & Talbot 2010). So the search's own
scores rank, and rank alone; those over fresh seeds say how good the leaders are, and select nothing.
"""

from collections.abc import Sequence

from searchsvc.kinds import BaseJob
from searchsvc.strategy import Sample
from searchsvc.verdict.leading import baseline, leaders


def repeats(job: BaseJob, samples: Sequence[Sample]) -> list[tuple[str, int]]:
    """The label and seed of every trial that confirms a leader, in the order in which they run.

    The baseline that the verdict names is confirmed too, since it is what the winner is compared with. All first fresh
    seeds come before any second one.
    """
    if not job.confirm:
        return []
    chosen = leaders(job, samples, job.confirm)
    named = baseline(job, samples)
    labels = [s.label for s in chosen] + ([named.label] if chosen and named and named not in chosen else [])
    first = max([job.repeats, *(s.seeds for s in samples)])  # beyond all that the search saw
    return [(label, job.trial_seed(first + repeat)) for repeat in range(job.seeds) for label in labels]
