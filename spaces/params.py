"""The base of every parameter model: strict, but for what can mean only one thing."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from spaces.errors import did_you_mean

PositiveFloat = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


def later(default: Any, **about: Any) -> Any:
    """A field that came after configurations had been stored: its default is neither written nor in a fingerprint."""
    return Field(default, exclude_if=lambda value: value == default, **about)


class Params(BaseModel):
    """Immutable, without unknown fields, without NaN or infinity.

    A plain text stands for the field by which a model is `called`, one value for a list of it.

    >>> from spaces import catalog
    >>> catalog.neurons.params("plif")()
    plif(v_threshold=1.0, surrogate=triangle(height=1.0), detach_reset=False, tau=2.0)
    >>> catalog.networks.params("vgg").model_validate({"channels": 8, "strides": 2}).channels
    (8,)
    """

    called: ClassVar[str] = "name"

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Take what can mean only one thing; of an unknown field, say which are allowed."""
        if isinstance(value, str) and cls.called in cls.model_fields:
            value = {cls.called: value}
        if isinstance(value, dict) and (single := [name for name in _lists(cls) & value.keys() if _one(value[name])]):
            value = {**value, **{name: [value[name]] for name in single}}
        try:
            return handler(value)
        except ValidationError as error:
            allowed = [field.alias or name for name, field in cls.model_fields.items()]
            raise ValidationError.from_exception_data(
                error.title, [_with_allowed(line, allowed) for line in _own(error.errors(), allowed)]
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


@cache
def _lists(model: type[Params]) -> frozenset[str]:
    """The fields of any number of values."""
    fields = model.model_fields.items()
    return frozenset(field.alias or name for name, field in fields if _is_list(field.annotation))


def _is_list(annotation: Any) -> bool:
    """
    >>> _is_list(tuple[int, ...]), _is_list(tuple[int, ...] | None), _is_list(tuple[int, int]), _is_list(int)
    (True, True, False, False)
    """
    if get_origin(annotation) is tuple:
        return get_args(annotation)[-1] is Ellipsis
    return get_origin(annotation) is not Literal and any(_is_list(part) for part in get_args(annotation)[:2])


def _one(value: Any) -> bool:
    return value is not None and (isinstance(value, str | Mapping) or not isinstance(value, Iterable))


def _own(lines: list[ErrorDetails], allowed: list[str]) -> list[ErrorDetails]:
    """What was written wrongly, each fault once.

    A list may be too short only since some of its items are wrong, and a field be missing since it is misspelt.
    """
    places = {line["loc"][:depth] for line in lines for depth in range(len(line["loc"]))}
    unknown = [str(line["loc"][0]) for line in lines if line["type"] == "extra_forbidden" and len(line["loc"]) == 1]
    meant = "".join(did_you_mean(name, allowed) for name in unknown)

    def follows(line: ErrorDetails) -> bool:
        is_misspelt = line["type"] == "missing" and f"did you mean {line['loc'][0]!r}" in meant
        return is_misspelt or (line["type"] == "too_short" and line["loc"] in places)

    return [line for line in lines if not follows(line)]


def _with_allowed(line: ErrorDetails, allowed: list[str]) -> InitErrorDetails:
    """The same error to be raised again, a field that is unknown here with the fields that are allowed."""
    if line["type"] == "extra_forbidden" and len(line["loc"]) == 1:
        said = f"allowed are {', '.join(allowed)}{did_you_mean(line['loc'][0], allowed)}"
        kind: str | PydanticCustomError = PydanticCustomError("unknown_field", "{said}", {"said": said})
    elif line["type"] == "unknown_field":  # of a model within this one
        kind = PydanticCustomError("unknown_field", "{said}", {"said": line["msg"]})
    else:
        return InitErrorDetails(type=line["type"], loc=line["loc"], input=line["input"], ctx=line.get("ctx", {}))
    return InitErrorDetails(type=kind, loc=line["loc"], input=line["input"])
