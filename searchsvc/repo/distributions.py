"""What a search's best candidates drew a parameter from."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from searchsvc.models import Search
from searchsvc.objectives import Goal
from searchsvc.repo import boards
from spaces.errors import NotFoundError
from spaces.nodes import SHARES

DRAWN = 100  # candidates
CENTRAL = [i for i, share in enumerate(SHARES) if 0.001 < share < 0.999]  # tails would leave no room for the rest


def best(session: Session, search_id: UUID, name: str) -> tuple[list[float], dict[str, list[float]], dict[str, float]]:
    """Shares, and by candidate the quantiles there of the dimension `name` and the objective's mean.

    Raises:
        NotFoundError: the search has no such dimension, or its values are no distributions.
    """
    spec = session.get_one(Search, search_id).spec
    names = [of for of, dimension in spec.get("space", {}).items() if dimension["type"] == "distribution"]
    if name not in names:
        raise NotFoundError(f"of: got {name!r}; distributions of this search are {', '.join(names) or 'none'}")
    metric = Goal.of(spec).objective.metric
    rows = [row for row in boards.leaderboard(session, search_id, limit=DRAWN)[0] if row.candidate.quantiles]
    shares, quantiles = central({row.candidate.label: (row.candidate.quantiles or {})[name] for row in rows})
    return shares, quantiles, {row.candidate.label: row.metrics[metric].mean for row in rows}


def central(stored: Mapping[str, Sequence[float]]) -> tuple[list[float], dict[str, list[float]]]:
    """Shares and the quantiles there, of quantiles at all of `SHARES`."""
    return [SHARES[i] for i in CENTRAL], {label: [values[i] for i in CENTRAL] for label, values in stored.items()}
