"""Whether a search's trials fit into the memory that there is."""

from sqlalchemy.orm import Session

from searchsvc.kinds import BaseJob
from searchsvc.store.control import runners
from spaces.errors import UserError

GIB = 1 << 30


def check(session: Session, job: BaseJob) -> None:
    """Tell at submission of a search that no runner could ever carry out.

    Raises:
        UserError: it needs more memory than there is where most is.
    """
    known = runners.memory(session)
    if known is not None and (said := problem(job, known)):
        raise UserError(said)


def problem(job: BaseJob, memory_bytes: float) -> str | None:
    """Why no trial of the job can run where there is so much memory; None: one may."""
    if job.least_bytes <= memory_bytes:
        return None
    return (
        f"memory: a trial of this search needs at least {job.least_bytes / GIB:.3g} GiB, and there are "
        f"{memory_bytes / GIB:.3g} GiB in all; lower training.batch_size, time_steps or the network's size"
    )
