"""Seconds for one suggestion after n outcomes: ours, BoTorch's default, Optuna's Gaussian process, Ax where installed.

A space of three distributions of three families each, a number, a whole number and a choice. To the others a
distribution is its family, mean and cv; BoTorch's is the model and acquisition function of its first tutorial, for
which every coordinate is a number. Each suggestion includes a fit, but those `between fits`: from 100 outcomes on the
hyperparameters are fitted again once in ten. `ours, beside one that runs` allows for a pending trial by noisy expected
improvement. Interleaved, medians of 3 (of 1 at n = 1000), one thread.

    python tests/bench/bench_suggest.py [--write docs/performance.md]
"""

import argparse
import importlib.util
import logging
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.optim import optimize_acqf
from document import write_section
from gpytorch.mlls import ExactMarginalLogLikelihood

from searchsvc import kinds
from searchsvc.strategies import wasserstein_bo
from searchsvc.strategy import Asked, Outcome
from spaces.space.dimensions import Categorical, Float, Int, Space, decode, parts, width
from spaces.space.distribution import Distribution

SIZES = (20, 100, 300, 1000)
TAU = {"type": "distribution", "families": ["gamma", "log_normal", "uniform"], "mean": [5, 50]}
JOB = kinds.read(
    {
        "kind": "heterogeneity",
        "task": "memory_capacity",
        "network": "reservoir",
        "space": {
            "tau_excitatory": TAU,
            "tau_inhibitory": TAU,
            "gain_excitatory": {**TAU, "mean": [0.1, 3]},
            "reach": {"type": "float", "low": 1, "high": 10, "log": True},
            "units": {"type": "int", "low": 20, "high": 23},
            "cell": {"type": "categorical", "choices": ["rate", "lif"]},
        },
        "strategy": "wasserstein_bo",
        "seeds": 1,
        "budget": {"trials": 10000},
    }
)
SPACE: Space = JOB.space  # type: ignore[attr-defined]
Ask = Callable[[], Any]


@dataclass
class Data:
    """Coordinates of points in the unit cube, and their scores."""

    u: np.ndarray[Any, Any]
    y: np.ndarray[Any, Any]

    @classmethod
    def drawn(cls, n: int, seed: int) -> "Data":
        generator = np.random.default_rng(seed)
        u = generator.random((n, width(SPACE)))
        return cls(u, -((u - 0.4) ** 2).sum(1) + 0.05 * generator.normal(size=n))


def ours(data: Data, pending: bool = False, kept: bool = False) -> Ask:
    points = [decode(SPACE, u) for u in data.u.tolist()]
    outcomes = [Outcome(i, float(y), point=p) for i, (y, p) in enumerate(zip(data.y, points, strict=True))]
    strategy = wasserstein_bo.Strategy(JOB)  # type: ignore[arg-type]
    strategy.embedding.embed(points)  # has been done when the points were suggested
    asked = [Asked(i, "", 0, point) for i, point in enumerate(points + [decode(SPACE, [0.3] * width(SPACE))] * pending)]
    ask = lambda: strategy.suggest(asked, outcomes)  # noqa: E731
    if kept:
        ask()
    return ask


def botorch(data: Data) -> Ask:
    x, y = torch.tensor(data.u), torch.tensor(data.y)[:, None]
    bounds = torch.tensor([[0.0], [1.0]], dtype=torch.float64).expand(2, x.shape[1])

    def ask() -> Any:
        gp = SingleTaskGP(x, y)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(gp.likelihood, gp))
        return optimize_acqf(LogExpectedImprovement(gp, y.max()), bounds, q=1, num_restarts=10, raw_samples=512)

    return ask


def optuna(data: Data) -> Ask:
    import optuna as library

    library.logging.set_verbosity(library.logging.ERROR)
    d = library.distributions
    space: dict[str, Any] = {}
    for name, dimension in SPACE.items():
        match dimension:
            case Distribution():
                space[f"{name} family"] = d.CategoricalDistribution(dimension.families)
                space[f"{name} mean"] = d.FloatDistribution(0, 1)
                space[f"{name} cv"] = d.FloatDistribution(0, 1)
            case Categorical():
                space[name] = d.CategoricalDistribution(dimension.choices)
            case Int():
                space[name] = d.IntDistribution(dimension.low, dimension.high)
            case Float():
                space[name] = d.FloatDistribution(0, 1)
    study = library.create_study(direction="maximize", sampler=library.samplers.GPSampler(seed=0))
    for u, y in zip(data.u.tolist(), data.y, strict=True):
        values = {key: _value(kind, share) for (key, kind), share in zip(space.items(), u, strict=True)}
        study.add_trial(library.create_trial(params=values, distributions=space, value=float(y)))
    return lambda: study.ask(space)


def _value(kind: Any, share: float) -> Any:
    if hasattr(kind, "choices"):
        return kind.choices[min(int(share * len(kind.choices)), len(kind.choices) - 1)]
    return int(kind.low + share * (kind.high - kind.low)) if isinstance(kind.low, int) else share


def ax(data: Data) -> Ask:
    from ax.api.client import Client
    from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

    logging.getLogger("ax.api.client").setLevel(logging.ERROR)
    parameters: list[Any] = []
    for name, part in parts(SPACE):
        for i in range(part.start, part.stop):
            choices = SPACE[name].choices_at
            if choices and i == part.start + choices[0]:
                values = [str(v) for v in range(choices[1])]
                parameters.append(
                    ChoiceParameterConfig(name=f"x{i}", values=values, parameter_type="str", is_ordered=False)
                )
            else:
                parameters.append(RangeParameterConfig(name=f"x{i}", bounds=(0, 1), parameter_type="float"))
    client = Client(random_seed=0)
    client.configure_experiment(parameters=parameters)
    client.configure_optimization(objective="score")
    for u, y in zip(data.u.tolist(), data.y, strict=True):
        values = {p.name: _ax_value(p, share) for p, share in zip(parameters, u, strict=True)}
        client.complete_trial(client.attach_trial(values), raw_data={"score": float(y)})
    (first,) = client.get_next_trials(max_trials=1)  # a Sobol point, whatever is there already
    client.complete_trial(first, raw_data={"score": 0.0})
    return lambda: client.get_next_trials(max_trials=1)


def _ax_value(parameter: Any, share: float) -> Any:
    return parameter.values[int(share * len(parameter.values))] if hasattr(parameter, "values") else share


def systems() -> dict[str, Callable[[Data], Ask]]:
    every: dict[str, Callable[[Data], Ask]] = {
        "ours": ours,
        "ours, between fits": lambda data: ours(data, kept=True),
        "ours, beside one that runs": lambda data: ours(data, pending=True, kept=True),
        "BoTorch, default": botorch,
    }
    for name, module, system in (("Optuna, GPSampler", "optuna", optuna), ("Ax", "ax", ax)):
        if importlib.util.find_spec(module):
            every[name] = system
        else:
            print(f"{name}: not installed")
    return every


def measure(sizes: tuple[int, ...]) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {}
    for n in sizes:
        rounds: dict[str, list[float]] = {}
        for seed in range(1 if n >= 1000 else 3):
            for name, system in systems().items():
                ask = system(Data.drawn(n, seed))
                started = time.perf_counter()
                ask()
                rounds.setdefault(name, []).append(time.perf_counter() - started)
        for name, found in rounds.items():
            seconds.setdefault(name, []).append(statistics.median(found))
            print(f"n = {n:5} {name:28} {seconds[name][-1]:8.2f} s", flush=True)
    return seconds


def table(seconds: dict[str, list[float]], sizes: tuple[int, ...]) -> str:
    """Markdown."""
    rows = [f"| {name} | {' | '.join(f'{s:.2f}' for s in found)} |" for name, found in seconds.items()]
    head = ["| seconds a suggestion | " + " | ".join(f"n = {n}" for n in sizes) + " |"]
    return "\n".join([*head, "| --- |" + " ---: |" * len(sizes), *rows])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    text = table(measure(tuple(arguments.sizes)), tuple(arguments.sizes))
    print(text)
    if arguments.write:
        about = f"{platform.machine()}, one thread, Python {platform.python_version()}, torch {torch.__version__}."
        explained = (__doc__ or "").partition("\n\n")[2].partition("\n\n")[0]
        write_section(arguments.write, "Suggestions", f"## Suggestions\n\n{about} {explained}\n\n{text}")


if __name__ == "__main__":
    main()
