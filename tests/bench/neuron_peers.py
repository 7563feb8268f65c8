"""LIF neurons of other libraries, and a plain loop in torch, all as functions of an input.

With a hard reset to 0 and threshold 1; surrogate arctan, but each library's own in snnTorch and Norse.
Shapes: T steps, B batch, N neurons.
"""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from spaces.gradients.params import Arctan
from spaces.gradients.spike import spike

Run = Callable[[Tensor], Tensor]
Peer = tuple[Run, list[nn.Parameter]]  # with what learns


def feed_forward() -> dict[str, Peer]:
    return {"plain torch loop": (_plain, []), **_installed(_spikingjelly, _snntorch, _norse)}


def recurrent(n: int) -> dict[str, Peer]:
    weight = nn.Parameter(torch.nn.init.orthogonal_(torch.empty(n, n)))
    plain: Peer = (lambda x_TBN: _plain(x_TBN, weight), [weight])
    return {"plain torch loop": plain, **_installed(_spikingjelly, _snntorch, _norse, n=n)}


def _installed(*makers: Callable[..., tuple[str, Peer]], **options: Any) -> dict[str, Peer]:
    found = {}
    for make in makers:
        try:
            with warnings.catch_warnings(action="ignore"):
                name, peer = make(**options)
            found[name] = peer
        except ImportError as error:
            print(f"left out, not installed: {error.name}")
    return found


def _plain(x_TB: Tensor, weight: Tensor | None = None) -> Tensor:
    v_B = s_B = torch.zeros_like(x_TB[0])
    spikes = []
    for x_B in x_TB.unbind(0):
        x_B = x_B if weight is None else x_B + torch.nn.functional.linear(s_B, weight)
        v_B = 0.5 * v_B * (1 - s_B) + x_B
        s_B = spike(v_B - 1, Arctan())
        spikes.append(s_B)
    return torch.stack(spikes)


def _spikingjelly(n: int | None = None) -> tuple[str, Peer]:
    from spikingjelly.activation_based import functional, layer, neuron, surrogate

    mode = "m" if n is None else "s"
    node = neuron.LIFNode(tau=2.0, decay_input=False, surrogate_function=surrogate.ATan(2.0), step_mode=mode)
    module = node if n is None else layer.LinearRecurrentContainer(node, n, n, bias=False, step_mode="m")

    def run(x_TB: Tensor) -> Tensor:
        functional.reset_net(module)
        return module(x_TB)

    return "SpikingJelly", (run, list(module.parameters()))


def _snntorch(n: int | None = None) -> tuple[str, Peer]:
    import snntorch

    options = {"beta": 0.5, "reset_mechanism": "zero"}
    node = snntorch.Leaky(**options) if n is None else snntorch.RLeaky(**options, linear_features=n)

    def run(x_TB: Tensor) -> Tensor:
        state = (torch.zeros_like(x_TB[0]),) * (1 if n is None else 2)
        spikes = []
        for x_B in x_TB.unbind(0):
            s_B, v_B = node(x_B, *state)
            state = (v_B,) if n is None else (s_B, v_B)
            spikes.append(s_B)
        return torch.stack(spikes)

    return "snnTorch", (run, list(node.parameters()))


def _norse(n: int | None = None) -> tuple[str, Peer]:
    import norse.torch as norse

    if n is not None:
        layer = norse.LIFRecurrent(n, n)
        return "Norse", (lambda x_TB: layer(x_TB)[0], [layer.recurrent_weights])
    cell = norse.LIFBoxCell()

    def run(x_TB: Tensor) -> Tensor:
        state, spikes = None, []
        for x_B in x_TB.unbind(0):
            s_B, state = cell(x_B, state)
            spikes.append(s_B)
        return torch.stack(spikes)

    return "Norse", (run, [])
