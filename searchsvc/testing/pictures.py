"""What every picture must do; `name` is the fixture that says which file of the catalog.

It is drawn of searches, trials and candidates in every situation that there is.
"""

import json
import re
from functools import cache
from itertools import product

import plotly.graph_objects as go
import pytest

from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures import SUBJECTS, Bar, Candidate, Layer, Learned, Scored, draw, offers, pictures, themed
from searchsvc.testing.sources import PlainCandidates, PlainSearch, PlainTrial
from spaces.distributions.nodes import SCORES

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}%{x}\"'"
NAMES = ("all LIF", "LNM degree 1, clip1", "LNM degree 3, clip1", "point 1")
LAYERS = [Layer("layers.0.synapse", 2e-9, None), Layer("layers.0.neuron", 1e-9, 0.25)]
MISSING, ZERO = ([Layer("readout", 1e-9, rate)] for rate in (None, 0.0))
LOSSES, NOUGHT = [[2.0, 1.0]], [[0.0, 0.0]]
OTHERS = {"schema": 1, "trainer": "another", "values": {"reach": 2.0}, "steps": 1}
QUANTILES = [[mean + score for score in SCORES] for mean in (10.0, 12.0, 15.0)]


def direction(label):
    return {
        "position": [-1.0, 0.0, 1.0],
        "mean": [0.5, 0.7, 0.6],
        "sd": [0.1, 0.05, 0.1],
        "quantiles": QUANTILES,
        "candidates": [{"label": label, "position": 0.5, "score": 0.65}],
        "explained": 0.9,
    }


def candidate(number, label):
    degree = {"degree": number} if "LNM" in label else {}
    neuron = {"name": "lnm" if degree else "lif", "surrogate": {"name": "rectangle"}, **degree}
    return Candidate(
        number=number,
        label=label,
        aliases=("searched",) if number == 2 else (),
        configuration={"neurons": [neuron, neuron]},
        means={ACCURACY: (0.9 - number / 10, 0.02), "energy": (1e-9 * number, 1e-10), "sops": (10.0 + number, None)},
        values={"tau": {"family": "gamma"}, "reach": 1.0 + number, "cell": "rate" if number % 2 else "lif"},
        quantiles={"tau": [10.0 + number + score for score in SCORES]},
    )


def search(rows, layers=LAYERS, seeds=2, **fields):
    """A search that has found these candidates."""
    runs = [(row.label, row.means[ACCURACY][0] - seed / 100) for row in rows for seed in range(seeds)]
    bars = [
        Bar(f"node/{i % 2}" if i else None, i, label, what, 1000.0 + i, None if what == "running" else 1060.0 + i)
        for i, ((label, _), what) in enumerate(zip(runs, ("retrain", "running", "failed", "cancelled"), strict=False))
    ]
    told = [Scored(1060.0 + 60 * i, score, label, seeds) for i, (label, score) in enumerate(runs)]
    return PlainSearch(rows=rows, told=told, running=bars, costly={row.label: layers for row in rows}, **fields)


def fitted(label="point 1"):
    """What a search has that ended well."""
    return {
        "has_ended": True,
        "insight": {
            "importance": [{"name": "reach", "mean": 0.4, "sd": 0.1}, {"name": "tau", "mean": 0.1, "sd": 0.0}],
            "directions": {"tau": direction(label)},
        },
        "steps": (["lif", "slif"], {1: [[0.1, 0.2], [0.4, 0.3]], 2: [[0.5, 0.2], [0.1, 0.6]]}),
        "theta": Learned(0, {0: {"theta": [0.25, 0.1]}, 1: {"theta": [0.3]}}),
        "confirmed": [Scored(1900.0, 0.8, label)],
    }


def searches():
    """By what each is like."""
    rows = [candidate(number, label) for number, label in enumerate(NAMES, 1)]
    hostile = [candidate(number, f"{label} {HOSTILE}") for number, label in enumerate(NAMES, 1)]
    once = [row._replace(means={name: (mean, None) for name, (mean, _) in row.means.items()}) for row in rows]
    scored = {name: mean for name, mean in rows[0].means.items() if name != "sops"}
    bare = rows[0]._replace(means=scored, quantiles={}, values={})
    perfect = [row._replace(means={**row.means, ACCURACY: (1.0, 0.3)}) for row in rows]
    busy = [Layer("readout", 1e-9, 1.0)]
    unsure = {"directions": {"tau": {**direction("point 1"), "sd": [0.6, 0.6, 0.6]}}}
    zero = bare._replace(means={**scored, "sops": (0.0, None)}, quantiles={"tau": [0.0] * 16}, values={"reach": 0.0})
    return {
        "without trials": PlainSearch(),
        "with one trial": search(once[1:2], seeds=1),
        "with one epoch": search(rows[:1], steps=(["lif", "slif"], {1: [[0.1, 0.2], [0.4, 0.3]]})),
        "near their ends": search(perfect, busy, **{**fitted(), "insight": unsure}),
        "with missing values": search([bare, *rows[1:]], MISSING, **fitted()),
        "with zeros": search([zero, *rows[1:]], ZERO, **fitted()),
        "minimised": search(rows, objective="energy", **fitted()),
        "of another trainer": search([row._replace(configuration=OTHERS) for row in rows], [], **fitted()),
        "with names that attack": search(hostile, **fitted(HOSTILE)),
        "finished": search(rows, **fitted()),
    }


def trials():
    reports = [{"train_loss": 2.0, "accuracy/validation": 0.5}, {"train_loss": 1.0, "accuracy/validation": 0.75}]
    return {
        "without trials": PlainTrial(),
        "with one trial": PlainTrial(told=reports[:1]),
        "with missing values": PlainTrial(told=[{"train_loss": 2.0}, reports[1]], costly=MISSING),
        "with zeros": PlainTrial(told=[{**reports[0], "accuracy/validation": 0.0}, reports[1]], costly=ZERO),
        "with names that attack": PlainTrial(told=[{HOSTILE: 1.0}, {HOSTILE: 2.0}], costly=[Layer(HOSTILE, 1e-9, 0.1)]),
        "finished": PlainTrial(told=reports, costly=LAYERS, expects_layers=False),
    }


def candidates():
    def of(*names, **fields):
        parts = {
            "runs": {name: [[2.0, 1.0], [2.5]] for name in names},
            "quantiles": dict(zip(names, QUANTILES, strict=False)),
            "scores": {name: 0.5 + i / 10 for i, name in enumerate(names)},
            "costly": dict.fromkeys(names, LAYERS),
        }
        return PlainCandidates(**{"distributions": ["tau"], **parts, **fields})

    return {
        "without trials": PlainCandidates(distributions=["tau"], runs={"A": [], "B": []}),
        "with missing values": of("A", "B", scores={"A": 0.5}, costly={"A": MISSING}, runs={"A": LOSSES, "B": []}),
        "with zeros": of("A", "B", scores={"A": 0.5, "B": 0.0}, costly={"A": ZERO}, runs={"A": LOSSES, "B": NOUGHT}),
        "with one epoch": of("A", "B", runs={"A": [[2.0]], "B": [[2.5], [1.5]]}),
        "minimised": of("A", "B", objective="energy"),
        "with names that attack": of(HOSTILE, "B"),
        "finished": of("A: all LIF", "B: point 1"),
    }


SOURCES = {"search": searches, "trial": trials, "candidates": candidates}


def seen(name, subject):
    """The kind under which a file's picture of such a subject is known; None if it has none."""
    own = pictures(subject).items()
    return next((kind for kind, one in own if type(one.view).__module__ == f"{one.package}.{name}"), None)


@cache
def drawn(name, *situations):
    """Every figure of it, by subject, situation and what it is of."""
    found = {}
    for subject in SUBJECTS:
        for situation, source in SOURCES[subject]().items():
            offered = {offer.kind: offer.of for offer in offers(subject, source)}
            if (not situations or situation in situations) and (kind := seen(name, subject)) in offered:
                for of in ("", *offered[kind]):
                    found[subject, situation, of] = draw(subject, source, kind, of)
    return found


def texts(figure):
    """All titles of a figure and its axes, and texts along axes."""
    found = []

    def walk(part):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            if key == "title":
                found.append(value["text"] if isinstance(value, dict) else value)
            if isinstance(value, dict | list) and key != "template":
                walk(value)

    walk(json.loads(figure.to_json())["layout"])
    return found


def test_it_applies_to_something_that_has_ended(name):
    assert any(seen(name, subject) for subject in SUBJECTS)
    assert drawn(name, "finished")


def test_it_has_a_title_for_people(name):
    for subject in SUBJECTS:
        if kind := seen(name, subject):
            title = pictures(subject)[kind].view.title
            assert title[0].isupper() and title == title.strip()
            assert re.fullmatch("[a-z0-9-]+", kind)


def test_with_nothing_to_draw_its_title_says_what_is_missing(name):
    for figure in drawn(name, "without trials").values():
        assert figure.data == () and figure.layout.title.text.endswith(" yet")


def test_there_is_something_to_see_of_what_has_ended(name):
    for figure in drawn(name, "finished").values():
        assert figure.data


def test_every_figure_is_json_that_plotly_reads_again(name):
    for where, figure in drawn(name).items():
        text = figure.to_json()
        json.loads(text, parse_constant=pytest.fail)
        assert go.Figure(json.loads(text)) == figure, where


def test_titles_say_something(name):
    for where, figure in drawn(name, "finished", "minimised", "with one trial").items():
        said = texts(figure)
        assert said and figure.layout.title.text, where
        assert all(title and "()" not in title and "None" not in title for title in said), where


def untitled(figure):
    """Axes of numbers that have no title; small pictures in a grid have their own, and ticks may have names."""
    drawn = json.loads(figure.to_json())
    layout = drawn["layout"]
    found = set()
    for trace, letter in product(drawn["data"], "xy"):
        axis = layout.get(f"{letter}axis{trace.get(f'{letter}axis', letter)[1:]}", {})
        is_told = axis.get("visible", True) and axis.get("showticklabels", True) and "ticktext" not in axis
        values = trace.get(letter) if isinstance(trace.get(letter), list) else []
        if is_told and any(isinstance(value, float | int) for value in values):
            found |= set() if axis.get("title", {}).get("text") or "annotations" in layout else {letter}
    return found


def test_axes_of_numbers_say_which(name):
    for where, figure in drawn(name, "finished", "with missing values").items():
        assert not untitled(figure), where


def visible(trace):
    """Whether there is something to see of it: bars, cells, marks, or a line from one point to another."""
    if trace.type != "scatter" or "markers" in (trace.mode or ""):
        return True
    points = [pair for pair in zip(trace.x, trace.y, strict=True) if None not in pair]
    return len(set(points)) > 1


def test_a_frame_is_not_empty(name):
    """What is too little for a picture is said in its title."""
    for where, figure in drawn(name).items():
        assert any(map(visible, figure.data)) or not figure.data, where
        assert figure.data or re.search("yet$|so far|do not differ", figure.layout.title.text), where


def test_shares_end_at_0_and_100_percent_and_their_ticks_differ(name):
    """Axes, and intervals along them; a format with fixed digits gives ticks that read alike."""
    for where, figure in drawn(name).items():
        plain = json.loads(figure.to_json())
        for trace, letter in product(plain["data"], "xy"):
            axis = plain["layout"].get(f"{letter}axis{trace.get(f'{letter}axis', letter)[1:]}", {})
            if "%" not in axis.get("tickformat", ""):
                continue
            low, high = axis.get("range") or (axis["minallowed"], axis["maxallowed"])
            assert low >= 0 and high <= 1 and axis["tickformat"] == "~%", where
            assert all(0 <= end <= 1 for end in reached(trace, letter)), where


def reached(trace, letter):
    """The values of a trace along an axis, and the ends of their error bars."""
    values = [value for value in trace.get(letter, ()) if value is not None]
    bars = trace.get(f"error_{letter}", {})
    up, down = (bars.get(way) or [0.0] * len(values) for way in ("array", "arrayminus"))
    above = [value + half for value, half in zip(values, up, strict=True)]
    return [*above, *(value - half for value, half in zip(values, down, strict=True))]


def test_its_scores_are_those_of_the_objective_in_its_unit(name):
    """A picture with an axis or a bar of scores names another metric once another one is the objective."""
    for (subject, situation, of), figure in drawn(name, "finished").items():
        other = drawn(name, "minimised").get((subject, "minimised", of))
        if other and of != "energy" and "validation accuracy (%)" in str(texts(figure)):
            assert "energy (nJ)" in str(texts(other)), situation


def test_names_stay_text(name):
    for where, figure in drawn(name, "with names that attack").items():
        page = figure.to_html(full_html=False, include_plotlyjs=False)
        assert "<script>alert" not in page and "<img" not in page, where


def test_a_missing_value_is_not_drawn_as_0(name):
    """Where a picture shows what is missing, it shows it otherwise than a 0 in its place."""
    zeros, whole = (drawn(name, situation) for situation in ("with zeros", "finished"))
    for (subject, _, of), figure in drawn(name, "with missing values").items():
        zero, full = zeros[subject, "with zeros", of], whole.get((subject, "finished", of))
        if full and zero.data != full.data:
            assert figure.data != zero.data, (subject, of)


def test_without_a_choice_it_is_of_the_first(name):
    for subject in SUBJECTS:
        for source in SOURCES[subject]().values():
            for offer in offers(subject, source):
                if offer.kind == seen(name, subject) and offer.of:
                    assert draw(subject, source, offer.kind) == draw(subject, source, offer.kind, offer.of[0])


def test_drawing_changes_nothing(name):
    """Neither what it is drawn from nor what is drawn of it next."""
    assert drawn.__wrapped__(name, "finished") == drawn(name, "finished")


def test_a_theme_changes_its_look_alone(name):
    for where, figure in drawn(name, "finished").items():
        light, dark = (json.loads(themed(go.Figure(figure), theme).to_json()) for theme in ("light", "dark"))
        assert light["data"] == dark["data"] and light["layout"] != dark["layout"], where
