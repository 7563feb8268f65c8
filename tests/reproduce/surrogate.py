"""What comparing distributions by Wasserstein distance is worth: `make reproduce-surrogate`.

Runs every setting with every seed, keeps what it found in ``docs/reproduction/surrogate.json`` (a run that is stopped
goes on there), and writes ``docs/reproduction/surrogate.md``.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from searchsvc.strategies.wasserstein import process
from searchsvc.strategies.wasserstein.embedding import Embedding
from searchsvc.strategies.wasserstein.process import Observations, Surrogate
from spaces.space.dimensions import Point, decode, width
from tests.reproduce.methods import RawParameters, Told, search
from tests.reproduce.report import report
from tests.reproduce.reservoir import FAMILIES, evaluate, job, truth

SEEDS = 10
LOOKS = (20, 40)  # evaluations
WARM, WARM_LOOKS = 40, (10, 20)
ELSEWHERE = ("log_normal", "uniform")  # families of the searches that a warm start comes from
SIZES = (40, 80, 160, 320)
HELD_OUT_SIZE, HELD_OUT_TESTS, TESTS, DRAWS = 80, 24, 48, 3
METHODS = ("W-Matern", "raw parameters", "TPE", "random")
FOLDER = Path(__file__).parents[2] / "docs" / "reproduction"
Found = dict[str, Any]


def one_family(seed: int) -> Found:
    return {method: _looks(method, ("gamma",), seed, LOOKS) for method in METHODS}


def across_families(seed: int) -> Found:
    return {method: _looks(method, FAMILIES, seed, LOOKS) for method in METHODS}


def warm_start(seed: int) -> Found:
    points = _drawn(ELSEWHERE, WARM, 1000 + seed)
    warm = [(point, _score(seed, 5000)(point, i)) for i, point in enumerate(points)]
    warmed = {f"{m}, warm": _looks(m, ("gamma",), seed, WARM_LOOKS, warm) for m in METHODS[:2]}
    return {**warmed, "W-Matern, cold": _looks("W-Matern", ("gamma",), seed, WARM_LOOKS)}


def mixed_regression(seed: int) -> Found:
    """R2 on points of all families, after so many of all families."""
    told = _told(FAMILIES, max(SIZES), seed)
    tests = _told(FAMILIES, TESTS, 100 + seed, DRAWS)
    return {name: [_r2(make, told[:size], tests) for size in SIZES] for name, make in EMBEDDINGS.items()}


def held_out_regression(seed: int) -> Found:
    """R2 on points whose distributions all are of one family, after points of the other families."""
    found: Found = {name: [] for name in EMBEDDINGS}
    for family in FAMILIES:
        told = _told(tuple(f for f in FAMILIES if f != family), HELD_OUT_SIZE, 200 + seed)
        tests = _told((family,), HELD_OUT_TESTS, 300 + seed, DRAWS)
        for name, make in EMBEDDINGS.items():
            found[name].append(_r2(make, told, tests))
    return found


EMBEDDINGS: dict[str, Callable[[Any], Any]] = {"W-Matern": Embedding, "raw parameters": RawParameters}
SETTINGS: dict[str, Callable[[int], Found]] = {
    f.__name__: f for f in (one_family, across_families, warm_start, mixed_regression, held_out_regression)
}


def _looks(
    method: str, families: Sequence[str], seed: int, looks: Sequence[int], warm: Sequence[Told] = ()
) -> list[float]:
    """The true score of the point with the best score so far, after so many evaluations."""
    told = search(method, job(*families), seed, max(looks), _score(seed), warm)
    return [truth(max(told[:look], key=lambda one: one[1])[0]) for look in looks]


def _score(seed: int, first: int = 0) -> Callable[[Point, int], float]:
    """An evaluation whose draw of the reservoir follows from the search's seed and the evaluation's number."""
    return lambda point, number: evaluate(point, 100_000 * (seed + 1) + first + number)


def _drawn(families: tuple[str, ...], count: int, seed: int) -> list[Point]:
    space, generator = job(*families).space, np.random.default_rng(seed)
    return [decode(space, u) for u in generator.random((count, width(space))).tolist()]


def _told(families: tuple[str, ...], count: int, seed: int, draws: int = 1) -> list[Told]:
    points = _drawn(families, count, seed)
    return [(p, float(np.mean([_score(seed, i * draws)(p, k) for k in range(draws)]))) for i, p in enumerate(points)]


def _r2(make: Callable[[Any], Any], told: Sequence[Told], tests: Sequence[Told]) -> float:
    embedding = make(job(*FAMILIES).space)
    y, n = np.array([score for _, score in told]), np.ones(len(told))
    observed = Observations(embedding.embed([point for point, _ in told]), y, n, 0.0)
    found = process.fit(observed, embedding.columns, "5/2")
    mean, _ = Surrogate(observed, found, embedding.columns, "5/2").posterior(embedding.embed([p for p, _ in tests]))
    expected = np.array([score for _, score in tests])
    error = found.offset + found.unit * mean.numpy() - expected
    return float(1 - (error**2).mean() / expected.var())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    file = arguments.folder / "surrogate.json"
    results: dict[str, dict[str, Found]] = json.loads(file.read_text()) if file.exists() else {}
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for seed in range(arguments.seeds):
        for name, setting in SETTINGS.items():
            if str(seed) not in results.setdefault(name, {}):
                started = time.perf_counter()
                results[name][str(seed)] = setting(seed)
                file.write_text(json.dumps(results, indent=1))
                print(f"{name}, seed {seed}: {time.perf_counter() - started:.0f} s", flush=True)
    (arguments.folder / "surrogate.md").write_text(report(results))


if __name__ == "__main__":
    main()
