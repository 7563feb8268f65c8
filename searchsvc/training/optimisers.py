r"""What moves weights, and how fast: a straight line up to the learning rate, then half a cosine down, or no further.

.. math:: \frac{e + 1}{w + 1} \quad (e < w), \qquad \frac{1 + \cos(\pi (e - w) / (E - w))}{2}

of it in epoch e, from 0, of E, of which w warm up. Weight decay is added to the gradient, but by AdamW: it takes its
share off the weight itself (Loshchilov & Hutter 2019).
"""

from collections.abc import Callable
from functools import partial
from math import cos, pi
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from searchsvc.training import learned
from spaces.configuration import Architect
from spaces.fittings.params.gradient import Params

Groups = list[dict[str, Any]]
OPTIMISERS: dict[str, Callable[[Groups, Params], Optimizer]] = {
    "sgd": lambda groups, p: torch.optim.SGD(groups, p.lr, p.momentum, weight_decay=p.weight_decay),
    "adam": lambda groups, p: torch.optim.Adam(groups, p.lr, p.betas, weight_decay=p.weight_decay),
    "adamw": lambda groups, p: torch.optim.AdamW(groups, p.lr, p.betas, weight_decay=p.weight_decay),
}


def of_weights(network: nn.Module, params: Params) -> tuple[Optimizer, LambdaLR]:
    """Of all but the architecture parameters, with its schedule."""
    optimiser = OPTIMISERS[params.optimiser](learned.parameter_groups(network, params), params)
    return optimiser, LambdaLR(optimiser, partial(rate, params))


def of_architecture(network: nn.Module, params: Architect) -> Optimizer | None:
    """Adam with the betas of ST-DANO; None where there is nothing for it."""
    alpha = learned.architecture_parameters(network)
    return torch.optim.Adam(alpha, params.lr, (0.5, 0.999), weight_decay=params.weight_decay) if alpha else None


def rate(params: Params, epoch: int) -> float:
    """Share of the learning rate in `epoch`, from 0."""
    warmup = params.warmup_epochs
    if epoch < warmup:
        return (epoch + 1) / (warmup + 1)
    if params.schedule == "constant":
        return 1.0
    return (1 + cos(pi * (epoch - warmup) / (params.epochs - warmup))) / 2 if epoch < params.epochs else 0.0
