"""One small search of every kind, by name: what two commits must find equal results for.

Each runs a trial at a time, since which point a strategy suggests next depends on which trials have ended.
"""

from typing import Any

from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP

FEW = {"seeds": 1, "budget": {"trials": 4}}
TIMES = {"strategy": {"epochs": 1}, "training": {"epochs": 1, "batch_size": 64}}

HALVING = {
    **TINY,
    **FEW,
    "budget": {"trials": 6},
    "training": {"epochs": 3, "batch_size": 64},
    "scheduler": {"name": "asha", "grace_period": 1, "reduction_factor": 2},
    "constraints": [{"metric": "firing_rate", "at_most": 0.2}],
    "tradeoffs": ["energy"],
}
RECURRENT = {
    **TINY,
    **FEW,
    **TIMES,
    "task": "sequential_digits",
    "network": {"name": "recurrent", "units": [8]},
    "time_steps": None,
    "neurons": ["plif", "alif"],
}
EVENTS = {
    **TINY,
    **FEW,
    **TIMES,
    "task": {"name": "event_digits", "train_samples": 200},
    "time_steps": None,
    "neurons": ["lif", "llif"],
}
OBSERVED = {
    "observations": [{"point": {"tau_excitatory": {"value": 4.0, "family": "dirac"}, "reach": 2.5, "cell": "rate"}}]
}
OBSERVED["observations"][0]["scores"] = [5.5, 6.0]
BAYESIAN = {"strategy": {"name": "wasserstein_bo", "initial": 2}, "seeds": 1, "budget": {"trials": 6}}

SEARCHES: dict[str, dict[str, Any]] = {
    "placement": {**TINY, "confirm": 1},
    "placement, halving, constrained": HALVING,
    "placement, recurrent": RECURRENT,
    "placement, events": EVENTS,
    "degrees": TINY_SWEEP,
    "heterogeneity, random": {**TINY_HETEROGENEITY, "strategy": "random", "budget": {"trials": 6}},
    "heterogeneity, sobol": {**TINY_HETEROGENEITY, "budget": {"trials": 6}, "confirm": 1},
    "heterogeneity, sweep": {**TINY_HETEROGENEITY, "strategy": "sweep", "seeds": 1},
    "heterogeneity, bayesian": {**TINY_HETEROGENEITY, **BAYESIAN, **OBSERVED},
    "heterogeneity, front": {**TINY_HETEROGENEITY, **BAYESIAN, "tradeoffs": ["parameters"]},
}
for _name, _spec in SEARCHES.items():
    SEARCHES[_name] = {key: value for key, value in _spec.items() if value is not None}
    SEARCHES[_name] |= {"name": _name, "seed": 7, "max_concurrent": 1}
