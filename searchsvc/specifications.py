"""Everything that a specification is made of, as models with typed fields, for `Client.submit` and `local.run`.

>>> from searchsvc.specifications import Budget, Lif, NeuronPlacement, Slif
>>> spec = NeuronPlacement(task="digits", neurons=(Lif(), Slif(beta=0.2)), seeds=2, budget=Budget(trials=9))
>>> spec.neurons[1].beta
0.2
>>> NeuronPlacement(task="digits", seeds="many")
Traceback (most recent call last):
spaces.errors.UserError: seeds: got 'many'; give a whole number

Where a model is meant, its name, or a mapping of its fields, will do. Plugins' are in their packages.
"""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from searchsvc.kinds import BaseJob, explained, heterogeneity, hyperparameters, neuron_placement, polynomial_degree
from searchsvc.kinds._base import Asha, Budget, Resources
from searchsvc.kinds._space_job import Observation
from searchsvc.metrics.objectives import Constraint, Objective
from searchsvc.strategies.params.darts import Params as Darts
from searchsvc.strategies.params.random import Params as Random
from searchsvc.strategies.params.sobol import Params as Sobol
from searchsvc.strategies.params.sweep import Params as Sweep
from searchsvc.strategies.params.wasserstein_bo import Params as WassersteinBo
from spaces.fittings.params.gradient import Params as Gradient
from spaces.fittings.params.ridge import Params as Ridge
from spaces.gradients.params import Arctan, MultiGaussian, Rectangle, Sigmoid, Triangle
from spaces.networks.params.recurrent import Params as Recurrent
from spaces.networks.params.reservoir import Params as Reservoir
from spaces.networks.params.resnet import Params as Resnet
from spaces.networks.params.vgg import Params as Vgg
from spaces.neurons.params.alif import Params as Alif
from spaces.neurons.params.lif import Params as Lif
from spaces.neurons.params.llif import Params as Llif
from spaces.neurons.params.lnm import Params as Lnm
from spaces.neurons.params.plif import Params as Plif
from spaces.neurons.params.slif import Params as Slif
from spaces.neurons.params.super_neuron import Params as SuperNeuron
from spaces.space.dimensions import Categorical, Float, Int
from spaces.space.distribution import Distribution
from spaces.synapses.params.convolution import Params as Convolution
from spaces.synapses.params.filtered import Params as Filtered
from spaces.synapses.params.linear import Params as Linear
from spaces.tasks.params.cifar10 import Params as Cifar10
from spaces.tasks.params.cifar100 import Params as Cifar100
from spaces.tasks.params.digits import Params as Digits
from spaces.tasks.params.event_digits import Params as EventDigits
from spaces.tasks.params.memory_capacity import Params as MemoryCapacity
from spaces.tasks.params.narma10 import Params as Narma10
from spaces.tasks.params.sequential_digits import Params as SequentialDigits
from spaces.tasks.params.tiny_imagenet import Params as TinyImagenet

__all__ = [
    "Alif",
    "Arctan",
    "Asha",
    "Budget",
    "Categorical",
    "Cifar10",
    "Cifar100",
    "Constraint",
    "Convolution",
    "Darts",
    "Digits",
    "Distribution",
    "EventDigits",
    "Filtered",
    "Float",
    "Gradient",
    "Heterogeneity",
    "Hyperparameters",
    "Int",
    "Lif",
    "Linear",
    "Llif",
    "Lnm",
    "MemoryCapacity",
    "MultiGaussian",
    "Narma10",
    "NeuronPlacement",
    "Objective",
    "Observation",
    "Plif",
    "PolynomialDegree",
    "Random",
    "Rectangle",
    "Recurrent",
    "Reservoir",
    "Resnet",
    "Resources",
    "Ridge",
    "SequentialDigits",
    "Sigmoid",
    "Slif",
    "Sobol",
    "SuperNeuron",
    "Sweep",
    "TinyImagenet",
    "Triangle",
    "Vgg",
    "WassersteinBo",
]


class _Written(BaseJob):
    """Written out in Python: what is wrong is a sentence."""

    if not TYPE_CHECKING:

        def __init__(self, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise explained(error) from None


class NeuronPlacement(neuron_placement.Job, _Written):
    """Which neuron each layer should use."""

    kind: Literal["neuron_placement"] = "neuron_placement"


class PolynomialDegree(polynomial_degree.Job, _Written):
    """Which polynomial a learnable neuron model needs."""

    kind: Literal["polynomial_degree"] = "polynomial_degree"


class Heterogeneity(heterogeneity.Job, _Written):
    """Which distributions a reservoir's parameters should be drawn from."""

    kind: Literal["heterogeneity"] = "heterogeneity"


class Hyperparameters(hyperparameters.Job, _Written):
    """Which values any fields of a network, of its neurons and of its training should have."""

    kind: Literal["hyperparameters"] = "hyperparameters"
