"""Strict checks of a resource's inputs against its schema."""

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, cast, get_args, get_origin

import pulumi
from pulumi.runtime.rpc import UNKNOWN

from sandbox.properties import is_asset
from sandbox.schema import Field, ResourceSchema, alternatives, object_fields, provider_schema

_ENGINE_FIELDS = frozenset({"__defaults", "__internal", "version", "pluginDownloadURL"})
"""Put beside a provider's own inputs by the engine and its bridges."""

_OPEN_ENUMS = frozenset({"ManagedPolicy", "InstanceType", "Runtime"})
"""AWS adds to these faster than the SDK; where a text is allowed beside them, any text is."""


@dataclass(frozen=True)
class Failure:
    """`path` is where the mistake stands, such as `settings[0].name`."""

    path: str
    reason: str


def check_resource(schema: ResourceSchema, inputs: Mapping[str, Any]) -> list[Failure]:
    """Every mistake in `inputs`; unknown values pass."""
    return _fields(schema.inputs, schema.required, inputs, "")


def check_provider(package: str, inputs: Mapping[str, Any]) -> list[Failure]:
    """As `check_resource` for the provider's configuration, in which all but texts arrive as JSON."""
    allowed = provider_schema(package)
    found: list[Failure] = []
    for name, value in inputs.items():
        if name in _ENGINE_FIELDS or value == UNKNOWN:
            continue
        if name not in allowed:
            found.append(Failure(name, _unknown(name, allowed)))
        elif _mismatch(value, allowed[name], name):
            found.extend(_mismatch(_from_json(value), allowed[name], name))
    return found


def _from_json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _fields(
    allowed: Mapping[str, Field], required: frozenset[str], given: Mapping[str, Any], path: str
) -> list[Failure]:
    before = f"{path}." if path else ""
    found = [Failure(before + name, "required, but not given") for name in sorted(required) if given.get(name) is None]
    for name, value in given.items():
        if name in _ENGINE_FIELDS or value is None:
            continue
        if name not in allowed:
            found.append(Failure(before + name, _unknown(name, allowed)))
        else:
            found.extend(_mismatch(value, allowed[name], before + name))
    return found


def _unknown(name: str, allowed: Mapping[str, Field]) -> str:
    near = get_close_matches(name, list(allowed), n=1)
    return f"unknown property{f'; nearest: {near[0]}' if near else ''}"


def _mismatch(value: object, field: Field, path: str) -> list[Failure]:
    """Why `value` is none of what `field` allows; of several allowed forms the closest one speaks."""
    if value is None or value == UNKNOWN:
        return []
    choices = alternatives(field)
    if any(_is_enum(one.hint) and one.hint.__name__ not in _OPEN_ENUMS for one in choices):
        choices = tuple(one for one in choices if one.hint is not str)
    failures = [_against(value, choice, path) for choice in choices]
    if not failures or not all(failures):
        return []
    return max(failures, key=lambda one: one[0].path.count(".") + one[0].path.count("["))


def _against(value: object, field: Field, path: str) -> list[Failure]:
    choice = field.hint
    origin = get_origin(choice) or choice
    if choice in (Any, object):
        return []
    if origin in (Sequence, list):
        return _items(value, Field(get_args(choice)[0], field.module), path)
    if origin in (Mapping, dict):
        return _entries(value, Field(get_args(choice)[1], field.module), path)
    if choice in _SCALARS or choice in (pulumi.Asset, pulumi.Archive) or _is_enum(choice):
        return _leaf(value, choice, path)
    if not isinstance(value, Mapping):
        return _wrong(value, f"an object ({choice.__name__.removesuffix('Args')})", path)
    allowed, required = object_fields(choice)
    return _fields(allowed, required, cast("Mapping[str, Any]", value), path)


def _leaf(value: object, choice: Any, path: str) -> list[Failure]:
    if _is_enum(choice):
        allowed = [one.value for one in choice]
        return [] if value in allowed else [Failure(path, f"{value!r} is not one of {', '.join(map(repr, allowed))}")]
    if choice not in _SCALARS:
        return [] if is_asset(value) else _wrong(value, "a file or an archive", path)
    kinds, text = _SCALARS[choice]
    fits = isinstance(value, kinds) and (choice is bool) == isinstance(value, bool)
    return [] if fits else _wrong(value, text, path)


_SCALARS: dict[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a text"),
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
}


def _items(value: object, inner: Field, path: str) -> list[Failure]:
    if not isinstance(value, list):
        return _wrong(value, "a list", path)
    items = cast("list[Any]", value)
    return [failure for index, one in enumerate(items) for failure in _mismatch(one, inner, f"{path}[{index}]")]


def _entries(value: object, inner: Field, path: str) -> list[Failure]:
    if not isinstance(value, Mapping):
        return _wrong(value, "a map", path)
    entries = cast("Mapping[str, Any]", value)
    return [failure for key, one in entries.items() for failure in _mismatch(one, inner, f"{path}.{key}")]


def _wrong(value: object, wanted: str, path: str) -> list[Failure]:
    kinds = {"str": "a text", "bool": "a boolean", "int": "a number", "float": "a number", "list": "a list"}
    return [Failure(path, f"must be {wanted}, not {kinds.get(type(value).__name__, 'an object')}")]


def _is_enum(choice: Any) -> bool:
    return isinstance(choice, type) and issubclass(choice, enum.Enum)
