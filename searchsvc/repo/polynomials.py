"""What the LNMs of a search's candidates have learned."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from searchsvc.models import ArchitectureParameter, Candidate, Search
from searchsvc.repo import boards, pictures
from spaces.neurons.params.lnm import Params


def candidates(session: Session, search: Search) -> Sequence[Candidate]:
    """Those with LNM layers among the first of the leaderboard."""
    return pictures.leaders(session, search, "lnm")


def learned(session: Session, search: Search, of: str) -> tuple[str, dict[int, list[float]], float]:
    """Of a candidate with LNM layers: its label and first seed, the theta of each such layer there, their bound.

    Without one yet, there are no layers.
    """
    candidate = pictures.chosen(candidates(session, search), of)
    if candidate is None or (trial := boards.first_done(session, candidate.id)) is None:
        return "", {}, 1.0
    found = boards.learned(session, trial.id, ArchitectureParameter.step == trial.steps).get(trial.steps, [])
    layers = {layer: values for layer, name, values in found if name == "theta"}
    neurons = [neuron for neuron in candidate.configuration["neurons"] if neuron["name"] == "lnm"]
    bound = max(Params.model_validate(neuron).bound for neuron in neurons)
    return f"{candidate.label} (seed {trial.seed})", layers, bound
