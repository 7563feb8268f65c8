"""A specification as users write it: a mapping, a model, or a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from searchsvc import extras
from spaces.errors import UserError, got


def fields(spec: Any) -> Any:
    """Of a specification: a mapping, a model such as those of `searchsvc.specifications`, or the path of a file."""
    match spec:
        case BaseModel():
            return spec.model_dump(mode="json")
        case str() | Path():
            with extras.explained():
                from searchsvc import files

            return files.mapping(Path(spec))
        case Mapping():
            return dict(spec)
    raise UserError(f"specification: got {got(spec)}; give a mapping, a model of searchsvc.specifications, or a path")
