"""Tables of what was found, with tests of significance, as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from searchsvc.verdict.significance import holm

Results = Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]  # setting, seed, method, values
OURS = ("W-Matern", "W-Matern, warm")

SETTINGS = {
    "one_family": ("(a) One family", "Gammas alone. True memory capacity of the best point found.", ("20", "40")),
    "across_families": (
        "(b) Across families",
        "Gammas, log-normals, uniforms and mixtures of two log-normals. True memory capacity of the best point found.",
        ("20", "40"),
    ),
    "warm_start": (
        "(c) Warm start from other families",
        "A search among gammas that knows 40 scores of log-normals and uniforms from the start.",
        ("10", "20"),
    ),
    "mixed_regression": (
        "R2 across families",
        "Share of the variance that the surrogate explains, at 48 new points of all families, after n scores.",
        ("n = 40", "n = 80", "n = 160", "n = 320"),
    ),
    "held_out_regression": (
        "(d) R2 on a family that was never seen",
        "After 80 scores of the other three families, at 24 new points, all five of whose distributions are of it.",
        ("gamma", "log-normal", "uniform", "mixture"),
    ),
}

HEAD = """# Surrogates over distributions

Written by `make reproduce-surrogate`; every number of every seed is in [surrogate.json](surrogate.json).

What is searched: five distributions (time constants and gains of excitatory and inhibitory units, input gains) of a
reservoir of 80 rate units, for its memory capacity. Every evaluation draws the reservoir anew, so a score is noisy.
*W-Matern* is the service's strategy `wasserstein_bo`. *Raw parameters* is the same in all but what its kernel sees:
each distribution's family as a unit vector and its mean, cv and so on, each with a lengthscale of its own. *TPE* is
Optuna's, with family, mean and cv as parameters. All begin with 10 points of their own.

Medians over seeds with quartiles; p by Wilcoxon's signed-rank test, paired by seeds, two-sided, corrected by Holm's
method within each table.
"""


def report(results: Results) -> str:
    sections = [_section(results[name], *SETTINGS[name]) for name in SETTINGS if results.get(name)]
    return "\n".join([HEAD, *sections])


def _section(found: Mapping[str, Mapping[str, Sequence[float]]], title: str, about: str, heads: Sequence[str]) -> str:
    methods = list(next(iter(found.values())))
    values = {method: np.array([one[method] for one in found.values()]) for method in methods}  # seeds x columns
    ours = next(method for method in methods if method in OURS)
    others = [method for method in methods if method != ours]
    raw = np.array([[_p(values[ours][:, i], values[m][:, i]) for i in range(len(heads))] for m in others])
    corrected = dict(zip(others, np.array(holm(raw.ravel().tolist())).reshape(raw.shape), strict=True))
    lines = [f"## {title}", "", f"{about} {len(found)} seeds.", "", "| | " + " | ".join(heads) + " |"]
    lines.append("| --- |" + " ---: |" * len(heads))
    for method in methods:
        cells = [_cell(values[method][:, i]) for i in range(len(heads))]
        if method != ours:
            cells = [f"{cell}, p = {p:.2g}" for cell, p in zip(cells, corrected[method], strict=True)]
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    lines += ["", "Every seed, last column: " + "; ".join(_every(m, values[m][:, -1]) for m in methods) + ".", ""]
    return "\n".join(lines)


def _cell(values: Any) -> str:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.2f} [{low:.2f}, {high:.2f}]"


def _every(method: str, values: Any) -> str:
    return f"{method} {', '.join(f'{value:.2f}' for value in values)}"


def _p(ours: Any, other: Any) -> float:
    return float(stats.wilcoxon(ours, other).pvalue) if (ours != other).any() else 1.0
