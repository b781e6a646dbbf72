"""Which environment a resource belongs to, told from the resource alone. Whatever cannot be told is production."""

import json
from typing import Any

from .values import UNKNOWN, mapping, plain

RELAXED = frozenset({"staging", "dev"})
"""Environments in which the rules about redundancy and deletion say nothing."""


def stack_name(urn: str) -> str:
    """The stack of a URN: `urn:pulumi:<stack>::<project>::<type>::<name>`."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def is_production(urn: str, provider_properties: Any) -> bool:
    """Whether the resource is held to production's rules.

    Two witnesses: the family of the stack's name (`dev` of `dev-anna`) and the `environment` default tag of the AWS
    provider. It is relaxed only if the first says so and the second, where there is one, agrees.
    """
    family = stack_name(urn).split("-", 1)[0]
    if family not in RELAXED:
        return True
    tag = _tag(plain(provider_properties)) if provider_properties is not None else None
    return tag is not None and tag not in RELAXED


def _tag(properties: Any) -> Any:
    tags = mapping(_decoded(mapping(properties).get("defaultTags")))
    value = mapping(_decoded(tags.get("tags"))).get("environment")
    return None if value is UNKNOWN else value


def _decoded(value: Any) -> Any:
    """Provider inputs carry their nested values as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None
