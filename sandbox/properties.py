"""Property values of the engine's protocol as plain Python values and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from google.protobuf import struct_pb2
from pulumi.runtime.rpc import UNKNOWN

Properties = dict[str, Any]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_ASSETS = {"c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"}
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
"""Marks of special objects: a protocol constant each (pulumi/runtime/rpc.py)."""


def decode(struct: struct_pb2.Struct) -> Properties:
    """The values of `struct`: whole numbers as int, secrets unwrapped, unknowns as `UNKNOWN`."""
    return {name: _plain(value) for name, value in struct.fields.items()}


def _plain(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "list_value":
            return [_plain(one) for one in value.list_value.values]
        case "struct_value":
            made = decode(value.struct_value)
            return made.get("value") if made.get(_SIGNATURE) == _SECRET else made
        case _:
            return None


def encode(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """`values` for the engine; those that are None are left out."""
    made = struct_pb2.Struct()
    made.update({name: value for name, value in values.items() if value is not None})
    return made


def is_asset(value: object) -> bool:
    """Whether `value` is a file or an archive."""
    return isinstance(value, Mapping) and cast("Mapping[str, object]", value).get(_SIGNATURE) in _ASSETS


def has_unknown(value: object) -> bool:
    """Whether `value` is unknown or holds something unknown."""
    if isinstance(value, str):
        return value == UNKNOWN
    if isinstance(value, Mapping):
        return any(has_unknown(one) for one in cast("Mapping[str, object]", value).values())
    if isinstance(value, Sequence):
        return any(has_unknown(one) for one in cast("Sequence[object]", value))
    return False


def canonical(value: object) -> str:
    """A text that is equal for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
