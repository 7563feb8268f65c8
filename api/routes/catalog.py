from typing import Any

from fastapi import APIRouter

from api.route import StrictRoute
from searchsvc import kinds
from searchsvc.pictures import SUBJECTS, pictures
from searchsvc.strategies import catalog as strategies
from spaces import catalog as spaces_catalog
from spaces import plugins

router = APIRouter(prefix="/v1/catalog", tags=["catalog"], route_class=StrictRoute)


@router.get("", summary="What can be searched")
def everything() -> dict[str, dict[str, Any]]:
    """Kinds of search, neurons, synapses, networks, tasks, fittings, strategies, with the JSON schemas of parameters.

    `pictures` has the titles of those of searches, of trials and of candidates side by side, by kind.

    `plugins` has the package of each that is allowed, and what of it is left out, since it cannot be used.
    """
    folders = {
        "neurons": spaces_catalog.neurons,
        "synapses": spaces_catalog.synapses,
        "networks": spaces_catalog.networks,
        "tasks": spaces_catalog.tasks,
        "fittings": spaces_catalog.fittings,
        "strategies": strategies,
    }
    found = {
        kind: {name: folder.params(name).model_json_schema() for name in folder.names()}
        for kind, folder in folders.items()
    }
    allowed = {
        name: {"package": package, "left_out": [said for where, said in plugins.failures() if where == package]}
        for name, package in plugins.allowed().items()
    }
    titles: dict[str, Any] = {
        subject: {kind: picture.view.title for kind, picture in pictures(subject).items()} for subject in SUBJECTS
    }
    return {
        "plugins": allowed,
        "kinds": {name: model.model_json_schema() for name, model in kinds.kinds().items()},
        **found,
        "pictures": titles,
    }
