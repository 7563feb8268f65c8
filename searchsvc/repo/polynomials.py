"""What the leading LNM of a search has learned."""

from uuid import UUID

from sqlalchemy.orm import Session

from searchsvc.models import ArchitectureParameter
from searchsvc.repo import boards
from spaces.neurons.params.lnm import Params


def leading(session: Session, search_id: UUID) -> tuple[str, dict[int, list[float]], float]:
    """The best candidate with LNM layers: its label and first seed, the theta of each such layer there, their bound.

    Without one yet, there are no layers.
    """
    rows, _ = boards.leaderboard(session, search_id)
    row = next((row for row in rows if "lnm" in boards.placement(row.candidate)), None)
    if row is None or (trial := boards.first_done(session, row.candidate.id)) is None:
        return "", {}, 1.0
    learned = boards.learned(session, trial.id, ArchitectureParameter.step == trial.steps).get(trial.steps, [])
    layers = {layer: values for layer, name, values in learned if name == "theta"}
    neurons = [neuron for neuron in row.candidate.configuration["neurons"] if neuron["name"] == "lnm"]
    return (
        f"{row.candidate.label} (seed {trial.seed})",
        layers,
        max(Params.model_validate(neuron).bound for neuron in neurons),
    )
