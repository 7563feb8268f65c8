"""Small searches for tests: real, but over in seconds."""

from typing import Any

TINY: dict[str, Any] = {
    "kind": "neuron_placement",
    "name": "tiny",
    "task": "digits",
    "network": {"name": "vgg", "channels": [4, 4], "strides": [2, 2]},
    "time_steps": 2,
    "neurons": ["lif", "slif"],
    "strategy": {"epochs": 2},
    "training": {"epochs": 2, "batch_size": 64},
    "seeds": 2,
    "confirm": 0,
    "budget": {"trials": 9},
}

TINY_HETEROGENEITY: dict[str, Any] = {
    "kind": "heterogeneity",
    "task": "memory_capacity",
    "network": {"name": "reservoir", "units": 20},
    "space": {
        "tau_excitatory": {"type": "distribution", "mean": [2, 20]},
        "reach": {"type": "float", "low": 1, "high": 5},
        "cell": {"type": "categorical", "choices": ["rate", "lif"]},
    },
    "strategy": "sobol",
    "seeds": 2,
    "confirm": 0,
    "budget": {"trials": 10},
}

TINY_SWEEP: dict[str, Any] = {
    "kind": "polynomial_degree",
    "task": "digits",
    "network": {"name": "vgg", "channels": [4, 4], "strides": [2, 2]},
    "time_steps": 2,
    "degrees": [1, 3],
    "training": {"epochs": 2, "batch_size": 64, "compress_to": 2},
    "seeds": 2,
    "confirm": 0,
    "budget": {"trials": 6},
}

TINY_HYPERPARAMETERS: dict[str, Any] = {
    "kind": "hyperparameters",
    "task": "digits",
    "network": {"name": "vgg", "channels": [4, 4], "strides": [2, 2]},
    "time_steps": 2,
    "space": {
        "training.lr": {"type": "float", "low": 0.005, "high": 0.5, "log": True},
        "training.batch_size": {"type": "categorical", "choices": [32, 64]},
        "neurons.tau": {"type": "float", "low": 1.5, "high": 8},
        "dropout": {"type": "float", "low": 0, "high": 0.5},
    },
    "training": {"epochs": 1, "batch_size": 64},
    "strategy": {"name": "wasserstein_bo", "initial": 2},
    "seeds": 1,
    "confirm": 0,
    "budget": {"trials": 4},
}
