"""What the neurons of a search's networks are, and have learned: architecture parameters and others."""

import struct
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from searchsvc.store.tables import ArchitectureParameter, Candidate, Trial
from searchsvc.strategy import LayerParameter, alphas


def architecture(session: Session, trial_id: UUID, step: int) -> list[list[float]]:
    """The alphas (layers x candidates) that a step reported; empty if it reported none."""
    return architectures(session, trial_id, ArchitectureParameter.step == step).get(step, [])


def architectures(session: Session, trial_id: UUID, *where: ColumnElement[bool]) -> dict[int, list[list[float]]]:
    """The alphas (layers x candidates) of every step; none where it reported none."""
    return {s: found for s, rows in learned(session, trial_id, *where).items() if (found := alphas(rows))}


def learned(session: Session, trial_id: UUID, *where: ColumnElement[bool]) -> dict[int, list[LayerParameter]]:
    """What each layer's neuron had learned of its own after every step, each of the last attempt that made it."""
    a = ArchitectureParameter
    rows = select(a).where(a.trial_id == trial_id, *where)
    by_step: dict[int, dict[tuple[int, str], list[float]]] = defaultdict(dict)
    for row in session.scalars(rows.order_by(a.step, a.attempt, a.layer, a.name)):
        by_step[row.step][row.layer, row.name] = _unpack(row)
    return {step: [(*key, values) for key, values in found.items()] for step, found in by_step.items()}


def placement(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    """The neuron of every spiking layer, from the input."""
    return tuple(neuron["name"] for neuron in configuration.get("neurons", ()))


def candidate_names(candidate: Candidate) -> list[str]:
    """What the columns of a super network's alphas stand for; empty for a discrete network."""
    neurons = candidate.configuration.get("neurons")
    return [choice["name"] for choice in neurons[0].get("candidates", [])] if neurons else []


def latest_architecture(session: Session, search_id: UUID) -> tuple[list[str], dict[int, list[list[float]]]]:
    """Names of the candidates and the alphas by step, of the search's super network; empty before it begins."""
    query = select(Trial, Candidate).join(Candidate, Candidate.id == Trial.candidate_id)
    query = query.where(Trial.search_id == search_id, Trial.phase == "search").order_by(Trial.number)
    found = session.execute(query.limit(1)).one_or_none()
    return (candidate_names(found[1]), architectures(session, found[0].id)) if found else ([], {})


def _unpack(row: ArchitectureParameter) -> list[float]:
    return list(struct.unpack(f"<{row.shape[0]}f", row.value))
