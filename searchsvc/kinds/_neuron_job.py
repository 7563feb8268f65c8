"""What kinds share that ask which neurons a network should have."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from searchsvc.kinds._network_job import NetworkJob


class NeuronJob(NetworkJob):
    """Their candidates are compared with the same network whose neurons are all LIF."""

    compared_with: ClassVar[str] = "LIF"

    def reference(self, configuration: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]]) -> str | None:
        """That with the candidate's surrogate gradient, or else the first."""
        found = {_surrogate(other): label for label, other in baselines.items() if _is_lif(other)}
        return found.get(_surrogate(configuration), next(iter(found.values()), None))


def _surrogate(configuration: Mapping[str, Any]) -> str:
    first: Mapping[str, Any] = next(iter(configuration.get("neurons", ())), {})
    return json.dumps(first.get("surrogate"), sort_keys=True)


def _is_lif(configuration: Mapping[str, Any]) -> bool:
    return {neuron["name"] for neuron in configuration.get("neurons", ())} == {"lif"}
