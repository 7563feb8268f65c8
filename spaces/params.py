"""The base of every parameter model, and how a pydantic error becomes one readable line."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, get_origin

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from spaces import plugins
from spaces.errors import got

LONGEST_NAME = 80  # of a field, in a message
PositiveFloat = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


def later(default: Any, **about: Any) -> Any:
    """A field that came after configurations had been stored: its default is neither written nor in a fingerprint."""
    return Field(default, exclude_if=lambda value: value == default, **about)


class Params(BaseModel):
    """Immutable, without unknown fields, without NaN or infinity.

    >>> from spaces import catalog
    >>> catalog.neurons.params("plif")()
    plif(v_threshold=1.0, surrogate=triangle(height=1.0), detach_reset=False, tau=2.0)
    """

    @model_validator(mode="wrap")
    @classmethod
    def _say_which_fields_are_allowed(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            allowed = ", ".join(field.alias or name for name, field in cls.model_fields.items())
            raise ValidationError.from_exception_data(
                error.title, [_with_allowed(line, allowed) for line in _own(error.errors())]
            ) from None

    def __repr_name__(self) -> str:
        """Of a member of a catalog its name."""
        return str(vars(self)["name"]) if _is_member(self) else super().__repr_name__()  # type: ignore[misc]

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        is_member = _is_member(self)
        return (arg for arg in super().__repr_args__() if not (is_member and arg[0] == "name"))

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        validate_default=True,
        serialize_by_alias=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


def _is_member(params: Params) -> bool:
    field = type(params).model_fields.get("name")
    return field is not None and get_origin(field.annotation) is Literal


def _own(lines: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without lists that are too short only since some of their items are wrong, which other lines say."""
    places = {line["loc"][:depth] for line in lines for depth in range(len(line["loc"]))}
    return [line for line in lines if line["type"] != "too_short" or line["loc"] not in places]


def _with_allowed(line: ErrorDetails, allowed: str) -> InitErrorDetails:
    """The same error to be raised again, a field that is unknown here with the fields that are allowed."""
    if line["type"] == "extra_forbidden" and len(line["loc"]) == 1:
        kind: str | PydanticCustomError = PydanticCustomError("unknown_field", f"allowed are {allowed}")
    elif line["type"] == "unknown_field":  # of a model within this one
        kind = PydanticCustomError("unknown_field", line["msg"])
    else:
        return InitErrorDetails(type=line["type"], loc=line["loc"], input=line["input"], ctx=line.get("ctx", {}))
    return InitErrorDetails(type=kind, loc=line["loc"], input=line["input"])


def explain(error: Mapping[str, Any]) -> str:
    """One pydantic error as ``field: got ..., what is allowed``.

    >>> explain({"type": "greater_than", "loc": ("tau",), "msg": "Input should be greater than 0", "input": -1})
    'tau: got -1; input should be greater than 0'
    """
    context = error.get("ctx", {})
    location = ".".join(_part(part) for part in error["loc"]) or context.get("discriminator", "body").strip("'")
    match error["type"]:
        case "union_tag_invalid":
            said = got(context["tag"])
            allowed = f"allowed are {context['expected_tags']}{plugins.hint()}"
        case "union_tag_not_found" if not error["loc"]:
            said = "nothing"
            allowed = "this field is required"
        case "union_tag_not_found":
            said = got(error["input"])
            allowed = f"give the field {context['discriminator']}"
        case "unknown_field":
            said = "an unknown field"
            allowed = error["msg"]
        case "missing":
            said = "nothing"
            allowed = "this field is required"
        case "value_error":
            return f"{location}: {context['error']}" if error["loc"] else str(context["error"])
        case "model_type" | "model_attributes_type":
            said = got(error["input"])
            allowed = "give an object with fields"
        case _:
            said = got(error["input"])
            allowed = error["msg"][0].lower() + error["msg"][1:]
    return f"{location}: got {said}; {allowed}"


def _part(part: int | str) -> str:
    """A step to a field, whose name a user may have given."""
    return str(part) if len(str(part)) <= LONGEST_NAME else got(part)
