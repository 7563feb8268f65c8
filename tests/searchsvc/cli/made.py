"""A leaderboard of every kind of search, as a service answers it."""

from typing import Any

ID = "01a1ff7e-6397-7ea8-b03b-f8ff059ca52e"


def estimate(mean: float, ci95: float | None = None, n: int = 3) -> dict[str, float | None]:
    return {"n": n, "mean": mean, "std": None if ci95 is None else ci95 / 2.5, "ci95": ci95}


def row(rank: int, label: str, metrics: dict[str, Any], **others: Any) -> dict[str, Any]:
    plain = {"origin": "random", "placement": [], "violates": [], "energy_overhead": None, "point": {}}
    plain |= {"prediction": None, "is_best": rank == 1, "p_first": None, "is_similar": None, "difference_first": None}
    return {"rank": rank, "candidate": rank, "label": label, "aliases": [], "metrics": metrics, **plain, **others}


def board(objective: str, rows: list[dict[str, Any]], **others: Any) -> dict[str, Any]:
    return {
        "search_id": ID, "state": "succeeded", "seeds": 3, "objective": objective, "compared_with": "LIF",
        "basis": "fresh seeds", "total": len(rows), "rows": rows, "next_cursor": None, "search_seconds": 55.9,
        "retrain_seconds": 841.8, "conclusion": {"sentence": "The searched placement is that of all SLIF."}, **others,
    }  # fmt: skip


def classified(score: float, energy: float) -> dict[str, Any]:
    """Of a network that classifies, with fresh seeds."""
    splits = ("validation", "validation_confirmed", "test_confirmed", "test")
    costs = {"energy": energy, "energy/confirmed": energy + 2e-11, "sops": 1e12 * energy, "firing_rate": 0.08}
    costs |= {"parameters": 50826.0, "latency": 0.0012, "seconds": 30.0}
    found = {f"accuracy/{split}": estimate(score - 0.01 * i, 0.026) for i, split in enumerate(splits)}
    return {**found, **{name: estimate(value, value / 50) for name, value in costs.items()}}


def capacity(score: float) -> dict[str, Any]:
    return {f"memory_capacity/{split}": estimate(score, 0.587) for split in ("validation", "test")}


TAU = {"family": "gamma", "mean": 20.0, "cv": 0.5}
DRAWN = {"tau": TAU, "threshold": {"family": "lognormal", "mean": 1.0, "cv": 0.123456}, "reach": 2.0}
TUNED = {"neurons.tau": 1.8731234, "training.learning_rate": 0.003, "channels": [16, 32]}
BEHIND = {"p_first": 0.0098, "is_similar": False, "difference_first": -0.038}
UNTESTED = {"difference_first": -0.08}
BOARDS = {
    "neuron_placement": board(
        "accuracy/validation",
        [
            row(1, "all SLIF", classified(0.9241, 1.022e-6), placement=["slif"] * 17, aliases=["searched"]),
            row(2, "random 1", classified(0.8935, 7.379e-7), placement=["lif", "llif"] * 8, energy_overhead=0.409)
            | BEHIND,
            row(3, "all LIF", classified(0.8176, 5.237e-7), placement=["lif"] * 17, energy_overhead=0.0) | UNTESTED,
        ],
    ),
    "polynomial_degree": board(
        "energy",
        [
            row(1, "LNM degree 2", classified(0.91, 1.329e-8), placement=["lnm"] * 2, energy_overhead=0.031),
            row(2, "LNM degree 3", classified(0.92, 1.331e-8), placement=["lnm"] * 2, energy_overhead=0.05),
            row(3, "LNM degree 5", classified(0.93, 1.334e-8), placement=["lnm"])
            | {"violates": ["accuracy/validation >= 0.95"]},
        ],
        search_seconds=0.0,
    ),
    "heterogeneity": board(
        "memory_capacity/validation",
        [
            row(rank, f"point {rank}", capacity(11.0 - rank), point=DRAWN, prediction={"mean": 10.1, "sd": 0.75})
            for rank in (1, 2, 3)
        ],
        search_seconds=0.0,
    ),
    "hyperparameters": board(
        "accuracy/validation",
        [row(rank, f"point {rank}", classified(0.9 - rank / 50, 1e-5), point=TUNED) for rank in (1, 2, 3)],
        search_seconds=0.0,
    ),
}  # fmt: skip


def status(kind: str, number: int = 0) -> dict[str, Any]:
    """Of a search of this kind that has ended."""
    progress = {"total": 9, "done": 7, "failed": 1, "pruned": 1, "running": 0, "fraction": 1.0, "seconds_left": None}
    spec = {"kind": kind, "objective": {"metric": BOARDS[kind]["objective"]}}
    return {
        "id": f"{ID[:-1]}{number}", "name": "", "kind": kind, "task": "sequential_digits", "state": "succeeded",
        "queue_place": None, "progress": progress, "error": None, "created": "2026-11-30T22:15:09.5Z", "spec": spec,
    }  # fmt: skip
