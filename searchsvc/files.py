"""The YAML and JSON that users write: every key stands once, and both read the same numbers.

YAML 1.1 takes 1e-1 for text, JSON and YAML 1.2 for a number, as users do.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import yaml

from spaces.errors import UserError, got

MERGE = "tag:yaml.org,2002:merge"
FLOAT = "tag:yaml.org,2002:float"
EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        scalars = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != MERGE]
        _check(map(self.construct_object, scalars), f" in the mapping that begins at line {node.start_mark.line + 1}")
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Quotes text that would be read as a number."""


for each in (_Loader, _Dumper):
    each.add_implicit_resolver(FLOAT, EXPONENT, list("-+.0123456789"))


def from_json(text: str | bytes) -> Any:
    """What JSON says.

    Raises:
        UserError: a key stands twice.
        ValueError: it is no JSON.
    """
    return json.loads(text, object_pairs_hook=_object)


def from_yaml(text: str) -> Any:
    """What YAML says.

    Raises:
        UserError: a key stands twice.
        yaml.YAMLError, ValueError: it is no YAML.
    """
    return yaml.load(text, _Loader)


def to_yaml(value: Any) -> str:
    """Text that `from_yaml` reads."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def mapping(file: Path) -> dict[str, Any]:
    """The content of a user's YAML or JSON file, of standard input if that is "-".

    Raises:
        UserError: it cannot be read, or is no mapping, or gives a key twice.
    """
    if str(file) == "-":
        return _mapping(sys.stdin.read(), "standard input")
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"file: got {str(file)!r}, which cannot be read ({error}); give a YAML or JSON file") from None
    return _mapping(text, repr(str(file)))


def _mapping(text: str, name: str) -> dict[str, Any]:
    try:
        value = _either(text)
    except UserError as error:
        raise UserError(f"file: got {name}, {error}") from None
    if not isinstance(value, dict):
        raise UserError(f"file: got {name} with {type(value).__name__}; give a mapping of fields, see examples/")
    return value


def _either(text: str) -> Any:
    try:
        return from_json(text)
    except (ValueError, RecursionError):
        pass
    try:
        return from_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"which is neither YAML nor JSON: {' '.join(str(error).split())}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _check((key for key, _ in pairs), f" in the object with {', '.join(map(got, list(dict(pairs))[:3]))}")
    return dict(pairs)


def _check(keys: Iterable[Hashable], where: str) -> None:
    twice = [key for key, count in Counter(keys).items() if count > 1]
    if twice:
        raise UserError(f"{got(twice[0])} stands more than once{where}; give each key once")
