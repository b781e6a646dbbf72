"""Converts each resource once, not once for every policy.

The SDK (pulumi-policy 1.21) turns a resource's properties from the wire into Python anew for each policy of a pack.
With a hundred policies that is most of what a pack costs (`make bench`). Rules here only read properties, so they can
share them.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from google.protobuf import json_format
from pulumi_policy import policy as sdk

_MOST = 20_000
"""Results kept at once; a stack has fewer resources, and what falls out is converted again."""


class Once:
    """`convert`, remembering what came of each object that it was given. Objects are kept, so that none is mistaken
    for a later one at its address."""

    def __init__(self, convert: Callable[..., Any]) -> None:
        self._convert = convert
        self._known: dict[int, tuple[object, Any]] = {}

    def __call__(self, source: object, *options: Any, **more: Any) -> Any:
        if options or more:
            return self._convert(source, *options, **more)
        known = self._known.get(id(source))
        if known is not None and known[0] is source:
            return known[1]
        if len(self._known) >= _MOST:
            self._known.clear()
        result = self._convert(source)
        self._known[id(source)] = (source, result)
        return result


def convert_once() -> None:
    """Have the SDK share its conversions. It looks both names up in its own module; a test holds it to that."""
    module: Any = sdk
    module.json_format = SimpleNamespace(MessageToDict=Once(json_format.MessageToDict))
    module.deserialize_properties = Once(module.deserialize_properties)
