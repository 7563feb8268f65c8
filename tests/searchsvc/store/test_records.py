"""Means that trials keep up to date, on both databases, against sums of exact fractions."""

import itertools
import random
from fractions import Fraction

import pytest
from sqlalchemy import select

from searchsvc.store.db import Database
from searchsvc.store.tables import Candidate, CandidateMetric
from searchsvc.strategy import average, rounded
from tests.searchsvc.store.test_tasks import fill


def test_a_mean_does_not_depend_on_the_order_in_which_trials_finish(database: Database) -> None:
    generator = random.Random(0)
    triples = [(335, 335, 345), (341, 342, 343), *(tuple(generator.choices(range(361), k=3)) for _ in range(20))]
    hits = {f"{i}: {order}": order for i, triple in enumerate(triples) for order in itertools.permutations(triple)}
    fill(database, {label: [hit / 360 for hit in order] for label, order in hits.items()})
    m = CandidateMetric
    query = select(Candidate.label, m.metric, m.mean, m.m2).join(Candidate, Candidate.id == m.candidate_id)
    with database.read() as session:
        rows = session.execute(query).all()
    means = {label: mean for label, metric, mean, _ in rows if metric == "accuracy/validation"}
    assert means == {label: rounded(float(Fraction(sum(order), 3 * 360))) for label, order in hits.items()}
    assert means == {label: average([hit / 360 for hit in order]) for label, order in hits.items()}
    assert {m2 for _, metric, _, m2 in rows if metric == "energy"} == {0.0}  # the same in all trials of a candidate


def test_small_values_keep_their_digits(database: Database) -> None:
    fill(database, {"a": [7.35298123456e-6, 9.1e-6]})
    with database.read() as session:
        energy = session.scalars(select(CandidateMetric.mean).where(CandidateMetric.metric == "energy")).one()
    assert energy == pytest.approx(7.35298123456e-7, rel=1e-11)
