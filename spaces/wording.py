"""How what a user wrote wrongly becomes one readable line: never in the words of the library that found it."""

import re
from collections.abc import Mapping
from typing import Any

from spaces import plugins
from spaces.errors import did_you_mean, got

LONGEST_NAME = 80  # of a field, in a message
NAMES = re.compile(r"'([^']*)'")  # in a list of those that are expected
NUMBER, WHOLE, LIST, TEXT, TRUTH = "a number", "a whole number", "a list", "text", "true or false"
ID = "an id, such as those that searchsvc ls shows"
GIVE = {  # what is meant, by the library's name of the error
    **{"int_type": WHOLE, "int_parsing": WHOLE, "int_from_float": WHOLE, "int_parsing_size": "a smaller number"},
    **{"float_type": NUMBER, "float_parsing": NUMBER, "finite_number": "a finite number"},
    **{"tuple_type": LIST, "list_type": LIST, "set_type": LIST, "frozen_set_type": LIST},
    **{"string_type": TEXT, "string_sub_type": TEXT, "string_unicode": TEXT, "bool_type": TRUTH, "bool_parsing": TRUTH},
    **{"uuid_type": ID, "uuid_parsing": ID, "uuid_version": ID},
    **{"dict_type": "names with their values", "path_type": "a path", "none_required": "nothing, or null"},
    **dict.fromkeys(("model_type", "model_attributes_type", "dataclass_type"), "an object with fields"),
    **{"greater_than": "more than {gt}", "greater_than_equal": "at least {ge}"},
    **{"less_than": "less than {lt}", "less_than_equal": "at most {le}", "multiple_of": "a multiple of {multiple_of}"},
    **{"too_short": "at least {min_length} values", "too_long": "at most {max_length} values"},
    **{"string_too_short": "at least {min_length} characters", "string_too_long": "at most {max_length} characters"},
}


def explain(error: Mapping[str, Any]) -> str:
    """One pydantic error as ``field: got ..., what is allowed``.

    >>> explain({"type": "greater_than", "loc": ("tau",), "msg": "", "input": -1, "ctx": {"gt": 0}})
    'tau: got -1; give more than 0'
    """
    context = error.get("ctx", {})
    location = ".".join(map(_part, error["loc"])) or context.get("discriminator", "body").strip("'")
    if error["type"] == "value_error":
        return f"{location}: {context['error']}" if error["loc"] else str(context["error"])
    said, allowed = _said(error, context)
    return f"{location}: got {said}; {allowed}"


def _said(error: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[str, str]:
    """What was got, and what to do."""
    said = got(error["input"])
    match error["type"]:
        case "union_tag_invalid":
            names = NAMES.findall(context["expected_tags"])
            hint = did_you_mean(context["tag"], names)
            return got(context["tag"]), f"allowed are {context['expected_tags']}{hint}{plugins.hint()}"
        case "union_tag_not_found" if not error["loc"]:
            return "nothing", "this field is required"
        case "union_tag_not_found":
            return said, f"give the field {context['discriminator']}"
        case "literal_error" | "enum":
            names = [name for full in NAMES.findall(context["expected"]) for name in (full, full.partition("/")[0])]
            hint = did_you_mean(error["input"], names) if isinstance(error["input"], str) else ""
            return said, f"allowed are {context['expected']}{hint}"
        case "unknown_field":
            return "an unknown field", error["msg"]
        case "missing" | "missing_argument":
            return "nothing", "this field is required"
        case kind if kind in GIVE:
            bounds = {name: f"{bound:g}" if isinstance(bound, float) else bound for name, bound in context.items()}
            return said, f"give {GIVE[kind].format(**bounds)}"
        case _:
            return said, error["msg"][:1].lower() + error["msg"][1:]


def _part(part: int | str) -> str:
    """A step to a field, whose name a user may have given."""
    return str(part) if len(str(part)) <= LONGEST_NAME else got(part)
