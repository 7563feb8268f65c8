from typing import Any

from fastapi import APIRouter

from searchsvc import jobs
from searchsvc.strategies import catalog as strategies
from spaces import catalog as spaces_catalog

router = APIRouter(prefix="/v1/catalog", tags=["catalog"])


@router.get("", summary="What can be searched")
def everything() -> dict[str, dict[str, Any]]:
    """Every kind of search, neuron, network, task and strategy, each with the JSON schema of its parameters."""
    folders = {
        "neurons": spaces_catalog.neurons,
        "networks": spaces_catalog.networks,
        "tasks": spaces_catalog.tasks,
        "strategies": strategies,
    }
    found = {
        kind: {name: folder.params(name).model_json_schema() for name in folder.names()}
        for kind, folder in folders.items()
    }
    return {"kinds": {name: model.model_json_schema() for name, model in jobs.kinds().items()}, **found}
