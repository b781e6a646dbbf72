"""The stack as a graph: resources by type, and links told by which property depends on which resource.

Ids and ARNs are unknown in a preview, property dependencies never are. They are kept per top-level input, so a link is
the pair of property and type of the target (`networkConfiguration` mixes subnets and security groups).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

from pulumi_policy import PolicyResource

from .resource import Resource
from .tokens import INTERNET_GATEWAY, ROUTE, ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION, SUBNET, known_as
from .values import UNKNOWN, UndecidedError


class Graph:
    """All resources of a stack and the links between them."""

    def __init__(self, resources: Sequence[PolicyResource]) -> None:
        self.resources = [Resource(resource) for resource in resources]
        self._by_urn = {resource.urn: resource for resource in self.resources}
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self._by_type[resource.type].append(resource)

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types, in the order of registration within a type."""
        return [resource for type_ in types for resource in self._by_type.get(type_, [])]

    def linked(self, resource: Resource, name: str, *types: str) -> list[Resource]:
        """What the property `name` of `resource` depends on, of these types (all types if none is given)."""
        source = cast("PolicyResource", resource.source)
        targets = source.property_dependencies.get(name, [])
        return [self._by_urn[target.urn] for target in targets if not types or known_as(target.resource_type) in types]

    def pointing_at(self, target: Resource, name: str, *types: str) -> list[Resource]:
        """The resources of these types whose property `name` depends on `target`."""
        return [
            resource
            for resource in self.of(*types)
            if any(linked.urn == target.urn for linked in self.linked(resource, name))
        ]

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


def single(resources: Sequence[Resource]) -> Resource | None:
    """The only one of `resources`, or None when there is none or more than one."""
    return resources[0] if len(resources) == 1 else None


def known(resource: Resource, name: str) -> object:
    """The raw property. Raises UndecidedError when it as a whole is unknown; parts may still be."""
    value: object = resource.props.get(name)
    if value is UNKNOWN:
        raise UndecidedError((name,))
    return value
