"""What a trial is of: a configuration, which this service builds and trains, or what somebody else's trainer runs."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, JsonValue, ValidationError

from spaces import configuration
from spaces.configuration import Configuration
from spaces.errors import UserError
from spaces.identity import fingerprint
from spaces.params import Params
from spaces.wording import explain


class External(Params):
    """Values for a trainer outside of this service, which asks for them, stores, ranks and exports what they gave."""

    schema_: Literal[1] = Field(1, alias="schema", description="version of this format")
    trainer: str = Field(min_length=1, max_length=80, description="whose trials these are")
    values: dict[str, JsonValue] = Field(description="what it is to be run with, in its own words")
    steps: int = Field(1, ge=1, le=10_000, description="that it reports, the last one with the result")

    def __hash__(self) -> int:
        return hash(fingerprint(self))


Body = Configuration | External


def read(value: Mapping[str, Any]) -> Body:
    """A body from JSON.

    Raises:
        UserError: naming the first field that is wrong, what was got and what is allowed.
    """
    if "trainer" not in value:
        return configuration.read(value)
    try:
        return External.model_validate(value)
    except ValidationError as error:
        raise UserError(f"body: {explain(error.errors()[0])}") from None
