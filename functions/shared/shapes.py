"""JSON, checked. Messages name the place and the rule, never a value."""

import json
from collections.abc import Sequence
from typing import cast

from composition import placeholders
from errors import FunctionError
from generation import ALPHABETS, BASE64URL_32_BYTES, BASE64URL_32_BYTES_LENGTH, Recipe, lengths_of


def json_object(
    raw: object, where: str, *, required: set[str] | None = None, optional: set[str] | None = None
) -> dict[str, object]:
    """A JSON object with text keys; with `required` or `optional`, no other keys than those."""
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in cast("dict[object, object]", raw)):
        raise FunctionError(f"{where}: must be a JSON object")
    item = cast("dict[str, object]", raw)
    if required is None and optional is None:
        return item
    needed, known = required or set(), (required or set()) | (optional or set())
    if missing := sorted(needed - item.keys()):
        raise FunctionError(f"{where}: {', '.join(missing)} is missing")
    if unknown := sorted(item.keys() - known):
        raise FunctionError(f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return item


def json_variable(variable: str, stored: str | None, *, required: set[str]) -> dict[str, object]:
    """The JSON object in an environment variable."""
    if not stored:
        raise FunctionError(f"{variable}: the environment variable is not set")
    try:
        raw: object = json.loads(stored)
    except ValueError:
        raise FunctionError(f"{variable}: must be a JSON object") from None
    return json_object(raw, variable, required=required)


def json_array(raw: object, where: str) -> list[object]:
    """A JSON array."""
    if not isinstance(raw, list):
        raise FunctionError(f"{where}: must be a JSON array")
    return cast("list[object]", raw)


def text(raw: object, where: str) -> str:
    """Text that is not empty."""
    if not isinstance(raw, str) or not raw:
        raise FunctionError(f"{where}: must be non-empty text")
    return raw


def texts(raw: object, where: str) -> dict[str, str]:
    """A JSON object of texts."""
    return {name: text(value, f"{where}.{name}") for name, value in json_object(raw, where).items()}


def text_list(raw: object, where: str) -> tuple[str, ...]:
    """A JSON array of texts, each given once."""
    items = tuple(text(item, f"{where}[{at}]") for at, item in enumerate(json_array(raw, where)))
    refuse_repeated(items, where, "name")
    return items


def port(raw: object, where: str) -> int:
    """A TCP port, 1 to 65535."""
    if not isinstance(raw, int) or isinstance(raw, bool) or raw not in range(1, 65536):
        raise FunctionError(f"{where}: must be a whole number from 1 to 65535")
    return raw


def secret_arn(raw: object, where: str) -> str:
    """The ARN of a Secrets Manager secret."""
    arn = text(raw, where)
    if not (arn.startswith("arn:") and ":secretsmanager:" in arn):
        raise FunctionError(f"{where}: must be the ARN of a Secrets Manager secret")
    return arn


def recipes(raw: object, where: str) -> dict[str, Recipe]:
    """Field -> how its value is made."""
    return {field: _recipe(field, item, f"{where}.{field}") for field, item in json_object(raw, where).items()}


def templates(raw: object, where: str, *, known: set[str]) -> dict[str, str]:
    """Field -> text with placeholders, all of them among `known`."""
    found = texts(raw, where)
    for field, template in found.items():
        try:
            names = placeholders(template)
        except ValueError:
            raise FunctionError(f"{where}.{field}: must be text with plain {{name}} placeholders") from None
        if unknown := sorted(names - known):
            raise FunctionError(f"{where}.{field}: no field or value is called {', '.join(unknown)}")
    return found


def refuse_repeated(names: Sequence[str], where: str, kind: str) -> None:
    """Raises FunctionError where a name is given more than once."""
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise FunctionError(f"{where}: {kind} {', '.join(repeated)} is given twice")


def _recipe(field: str, raw: object, where: str) -> Recipe:
    item = json_object(raw, where, required={"length", "alphabet"})
    alphabet, length = item["alphabet"], item["length"]
    if not isinstance(alphabet, str) or alphabet not in ALPHABETS:
        raise FunctionError(f"{where}.alphabet: must be one of {', '.join(ALPHABETS)}")
    if not isinstance(length, int) or isinstance(length, bool):
        raise FunctionError(f"{where}.length: must be a whole number")
    allowed = lengths_of(field)
    if length not in allowed:
        raise FunctionError(f"{where}.length: must be {allowed.start} to {allowed.stop - 1}")
    if alphabet == BASE64URL_32_BYTES and length != BASE64URL_32_BYTES_LENGTH:
        raise FunctionError(f"{where}.length: must be {BASE64URL_32_BYTES_LENGTH} with {BASE64URL_32_BYTES}")
    return Recipe(length=length, alphabet=alphabet)
