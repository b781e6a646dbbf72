"""The stack as a graph: resources by type, and links told by which property depends on which resource.

Ids and ARNs are unknown in a preview, property dependencies never are. They are kept per top-level input, so a link is
the pair of property and type of the target (`networkConfiguration` mixes subnets and security groups).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from pulumi_policy import PolicyResource

from .resource import Resource
from .tokens import INTERNET_GATEWAY, ROUTE, ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION, SUBNET, known_as
from .values import UNKNOWN, UndecidedError

Answer = TypeVar("Answer")


class Graph:
    """All resources of a stack and the links between them."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = resources
        self._by_urn = {resource.urn: resource for resource in self.resources}
        self._position = {resource.urn: position for position, resource in enumerate(self.resources)}
        self.answers: dict[Hashable, Any] = {}
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._pointing: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self._by_type[resource.type].append(resource)
            for name, targets in _dependencies(resource).items():
                for urn in dict.fromkeys(target.urn for target in targets):
                    self._pointing[name, urn].append(resource)

    @classmethod
    def read(cls, resources: Sequence[PolicyResource]) -> "Graph":
        """The graph over what the SDK gives a stack policy."""
        return cls([Resource(resource) for resource in resources])

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types, in the order of registration within a type."""
        return [resource for type_ in types for resource in self._by_type.get(type_, [])]

    def linked(self, resource: Resource, name: str, *types: str) -> list[Resource]:
        """What the property `name` of `resource` depends on, of these types (all types if none is given)."""
        targets = _dependencies(resource).get(name, [])
        return [self._by_urn[target.urn] for target in targets if not types or known_as(target.resource_type) in types]

    def pointing_at(self, target: Resource, name: str, *types: str) -> list[Resource]:
        """The resources of these types whose property `name` depends on `target`."""
        pointing = self._pointing.get((name, target.urn), ())
        return [resource for type_ in types for resource in pointing if resource.type == type_]

    def those(self, urns: Iterable[str]) -> list[Resource]:
        """The resources with these URNs, in the order of registration."""
        return sorted((self._by_urn[urn] for urn in urns), key=lambda resource: self._position[resource.urn])

    def zones(self, subnets: Iterable[Resource]) -> set[str]:
        """The availability zones of `subnets`. Raises UndecidedError if one is not known."""
        return {str(subnet.get("availabilityZone")) for subnet in subnets if subnet.has("availabilityZone")}

    def route_tables(self, subnet: Resource) -> list[Resource]:
        """The route tables that are associated with `subnet` explicitly."""
        associations = self.pointing_at(subnet, "subnetId", ROUTE_TABLE_ASSOCIATION)
        return [table for link in associations for table in self.linked(link, "routeTableId", ROUTE_TABLE)]

    def subnets(self, table: Resource) -> list[Resource]:
        """The subnets that are associated with the route table `table`."""
        associations = self.pointing_at(table, "routeTableId", ROUTE_TABLE_ASSOCIATION)
        return [subnet for link in associations for subnet in self.linked(link, "subnetId", SUBNET)]

    def leads_to_internet_gateway(self, table: Resource) -> bool:
        """Whether a route of `table`, own resource or inline, ends at an internet gateway."""
        if self.linked(table, "routes", INTERNET_GATEWAY):
            return True
        routes = self.pointing_at(table, "routeTableId", ROUTE)
        return any(self.linked(route, "gatewayId", INTERNET_GATEWAY) for route in routes)


def once_per_graph(question: Callable[[Graph], Answer]) -> Callable[[Graph], Answer]:
    """Have `question` answered once for all resources of a graph, with an UndecidedError too. An answer that takes a
    walk over the stack is otherwise a walk for each resource that is judged."""

    @wraps(question)
    def answer(graph: Graph) -> Answer:
        if question not in graph.answers:
            try:
                graph.answers[question] = question(graph)
            except UndecidedError as unknown:
                graph.answers[question] = unknown
        found = graph.answers[question]
        if isinstance(found, UndecidedError):
            raise UndecidedError(found.path)
        return found

    return answer


_LATEST: list[tuple[Sequence[PolicyResource], Graph]] = []
"""The graph made last, and of what: every rule of a pack asks for the same one."""


def graph_of(resources: Sequence[PolicyResource]) -> Graph:
    """The graph of `resources`, made once for all who ask for it in a row."""
    for known_resources, graph in _LATEST:
        if known_resources is resources:
            return graph
    graph = Graph.read(resources)
    _LATEST[:] = [(resources, graph)]
    return graph


def _dependencies(resource: Resource) -> dict[str, list[PolicyResource]]:
    return cast("PolicyResource", resource.source).property_dependencies


def single(resources: Sequence[Resource]) -> Resource | None:
    """The only one of `resources`, or None when there is none or more than one."""
    return resources[0] if len(resources) == 1 else None


def known(resource: Resource, name: str) -> object:
    """The raw property. Raises UndecidedError when it as a whole is unknown; parts may still be."""
    value: object = resource.props.get(name)
    if value is UNKNOWN:
        raise UndecidedError((name,))
    return value
