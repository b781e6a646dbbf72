"""What a type of resource does on a Docker host: the shape of the modules docker_container, docker_network, ..."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.properties import Properties


@dataclass(frozen=True)
class Made:
    """Id and computed outputs of what was created."""

    identifier: str
    computed: Properties = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Found:
    """What a resource is like now: its inputs, changed where the host says otherwise, and computed outputs."""

    inputs: Properties
    computed: Properties


class Kind(Protocol):
    """A type of resource. docker-py's errors are let through."""

    @property
    def SUPPORTED(self) -> frozenset[str]:
        """Inputs that are carried out, nested ones as `mounts.source`."""
        ...

    def mistakes(self, given: Properties, /) -> dict[str, str]:
        """Reasons by path, beyond names and types."""
        ...

    def create(self, api: Any, given: Properties, alive: Callable[[], bool], /) -> Made:
        """Make it; `alive` turns false when nobody waits for the answer any more."""
        ...

    def read(self, api: Any, identifier: str, given: Properties, /) -> Found | None:
        """What it is like now; None where it is gone."""
        ...

    def delete(self, api: Any, identifier: str, state: Properties, /) -> None:
        """Remove it; one that is gone is no error."""
        ...


class Changing(Kind, Protocol):
    """A type of resource that is not wholly fixed at its creation."""

    @property
    def IN_PLACE(self) -> frozenset[str]:
        """Inputs whose change needs no new resource."""
        ...

    def update(self, api: Any, identifier: str, before: Properties, given: Properties, /) -> Properties:
        """Change it in place; `before` is the state. Gives computed outputs."""
        ...


def in_place(kind: Kind) -> frozenset[str]:
    """Inputs of a kind whose change needs no new resource; none of one that is fixed at its creation."""
    return getattr(kind, "IN_PLACE", frozenset[str]())


def listed(given: Properties, name: str) -> list[Properties]:
    """The objects of a list; none where it is not given."""
    return given.get(name) or []


def nested(given: Properties, name: str) -> Properties:
    """An object; empty where it is not given."""
    return given.get(name) or {}


def labels(given: Properties) -> dict[str, str]:
    """The labels of a resource as Docker takes them."""
    return {one["label"]: one["value"] for one in listed(given, "labels")}
