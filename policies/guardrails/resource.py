"""One resource as a rule sees it."""

from functools import cached_property
from typing import Any

from pulumi_policy import PolicyResource, ResourceValidationArgs

from .environment import is_production
from .tokens import known_as
from .values import UNKNOWN, items, look, mapping, plain


class Resource:
    """Name, type (by the name that rules know), URN, options and properties of one resource. Properties are read only
    when a rule asks."""

    def __init__(self, source: PolicyResource | ResourceValidationArgs) -> None:
        self.source = source
        self.type = known_as(source.resource_type)
        self.name = source.name
        self.urn = source.urn
        self.protect = bool(source.opts.protect)

    @cached_property
    def props(self) -> dict[str, Any]:
        """The properties in camelCase, UNKNOWN where a preview does not know."""
        return mapping(plain(self.source.props))

    @cached_property
    def provider(self) -> dict[str, Any] | None:
        """The properties of its provider, None where it has none."""
        provider = self.source.provider
        return None if provider is None else mapping(plain(provider.props))

    @cached_property
    def production(self) -> bool:
        """Whether production's rules hold for it."""
        return is_production(self.urn, self.provider)

    def get(self, *path: str) -> Any:
        """The value at `path`, None where missing. Raises UndecidedError where unknown."""
        return look(self.props, *path)

    def has(self, name: str) -> bool:
        """Whether the property is set, to a value known or unknown."""
        value = self.props.get(name)
        return value is UNKNOWN or value not in (None, "", [], {})

    def entries(self, *path: str) -> list[Any]:
        """The list at `path`, empty where missing; an entry may be UNKNOWN. Raises UndecidedError where unknown."""
        return items(self.get(*path))
