"""Turns what validation found into one line per mistake, without ever showing a secret."""

import json
from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from settings.keys import field_at, keys_of, nearest_key
from settings.mistake import Mistake
from settings.secrets import Path, find_secrets
from settings.stack import Settings

HIDDEN = "[hidden]"
"""What a line shows in place of what may be a secret."""

_LONGEST_VALUE = 120

_KINDS = {
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "tuple_type": "must be a list",
}


def line(path: Path, got: str, rule: str, fix: str) -> str:
    """One mistake in the form that all of them have."""
    return f"config dify:{dotted(path)}: got {got}; {rule}; {fix}"


def secret_line(path: Path, place: str = "inside AWS") -> str:
    """The line of a secret; its value is not shown. `place` is where secrets are generated instead."""
    return f"config dify:{dotted(path)}: got {HIDDEN}; secrets are generated {place}; remove it"


def dotted(path: Path) -> str:
    """`path` as it is written on Pulumi's command line, for example `network.zones[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def shown(value: object) -> str:
    """`value` on one line, shortened. A mapping is named only: it may hold anything."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    items = cast("list[object]", value) if isinstance(value, list | tuple) else [value]
    if any(isinstance(item, Mapping | list | tuple) for item in items):
        return "a nested list"
    if next(find_secrets(items), None) is not None:
        return HIDDEN
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def line_of(error: ErrorDetails, root: type[BaseModel] = Settings) -> str:
    """The line of one of pydantic's errors about a stack file of `root`."""
    value = cast("object", error["input"])
    if error["type"] == "extra_forbidden":
        return _unknown_key(error["loc"], value, root)
    path = _by_alias(error["loc"], root)
    mistake = error.get("ctx", {}).get("error")
    if isinstance(mistake, Mistake):
        return line(path, HIDDEN if mistake.hides else shown(value), mistake.rule, mistake.fix)
    if error["type"] == "missing":
        return line(path, "nothing", "the key is required", f"add it, {_example(path, root)}")
    return line(path, shown(value), *_rule_and_fix(path, error, root))


def _by_alias(path: Path, root: type[BaseModel]) -> Path:
    """`path` with keys as the stack file writes them; pydantic names a field whose default is refused by attribute."""
    known: Path = ()
    for part in path:
        alias = to_camel(part) if isinstance(part, str) else part
        known = (*known, alias if alias in keys_of(known, root) else part)
    return known


def _rule_and_fix(path: Path, error: ErrorDetails, root: type[BaseModel]) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "enum":
            choices = str(context["expected"]).replace("'", "").replace(" or ", ", ")
            return f"must be one of {choices}", "set one of them"
        case "greater_than_equal":
            return f"must be at least {context['ge']}", f"set {context['ge']} or more"
        case "less_than_equal":
            return f"must be at most {context['le']}", f"set {context['le']} or less"
        case "model_type":
            return "must be a mapping", f"write its keys below it: {', '.join(keys_of(path, root))}"
        case _:
            return _KINDS.get(kind, error["msg"]), f"write one, {_example(path, root)}"


def _unknown_key(path: Path, value: object, root: type[BaseModel]) -> str:
    if str(path[-1]).startswith("aws:"):
        return line(path, HIDDEN, "the prefix aws: is reserved for AWS", "remove it")
    nearest = nearest_key(path, root)
    if nearest is None:
        # Nothing says what an unknown value is, so it is not shown.
        keys = ", ".join(keys_of(path[:-1], root))
        return line(path, HIDDEN, "the key is unknown", f"remove it or use one of {keys}")
    # An address may hold a key, and where it is wanted, the name of a file that holds it is wanted instead.
    got = HIDDEN if isinstance(value, str) and "://" in value else shown(value)
    return line(path, got, "the key is unknown", f"use dify:{dotted(nearest)}")


def _example(path: Path, root: type[BaseModel]) -> str:
    field = field_at(path, root)
    if field is None or not field.examples:
        return f"its keys are {', '.join(keys_of(path, root))}"
    example: object = field.examples[0]
    if isinstance(example, list) and path and isinstance(path[-1], int):
        example = cast("list[object]", example)[0]
    return f"for example {json.dumps(example)}"
