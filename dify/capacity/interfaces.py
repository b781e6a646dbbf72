"""Network interfaces against the region's quota, and addresses against what a subnet has."""

from collections.abc import Sequence
from dataclasses import dataclass

from dify.capacity.budget import Budget, Term
from dify.capacity.demand import tasks_left
from dify.capacity.rolling import most_at_once, times_while_deploying
from dify.plan import Deployment

_LOAD_BALANCER_ADDRESSES = 8
"""Addresses that a load balancer needs free in each subnet, so that it can grow (Elastic Load Balancing, Application
Load Balancers, "Subnets for your load balancer")."""

_SEARCH_FACTOR = 3
"""OpenSearch Service takes three addresses per data node while it replaces them (Amazon OpenSearch Service Developer
Guide, "Reserving IP addresses in a VPC subnet")."""

_POOLER_ADDRESSES = {"2xlarge": 15, "4xlarge": 25, "8xlarge": 45, "12xlarge": 60, "16xlarge": 75, "24xlarge": 110}
_LEAST_POOLER_ADDRESSES = 10
"""Addresses to leave free for RDS Proxy by size of the instance (Amazon RDS User Guide, "Planning for IP address
capacity")."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What stands in the network beside the tasks. `functions` are those inside it, each with a security group of its
    own and so an interface per subnet (AWS Lambda Developer Guide, "Hyperplane ENIs"); `endpoints` have one per zone.

    Where the stack `isolates` some tasks, they stand among the stores. `addresses` are those of one subnet that AWS
    leaves to us. The load balancer stands among the tasks where the network is `closed`, else in subnets of its own
    beside `gateways`.
    """

    zones: int
    loses_zone: bool
    isolates: bool
    addresses: int
    closed: bool
    gateways: int
    endpoints: int
    functions: int
    database_nodes: int
    pooler_addresses: int
    cache_nodes: int
    search_nodes: int


def pooler_addresses(instance_class: str) -> int:
    """Addresses of RDS Proxy before an instance of this class; above 24xlarge in proportion."""
    size = instance_class.rpartition(".")[2]
    multiple = size.removesuffix("xlarge")
    if size in _POOLER_ADDRESSES or not multiple.isdigit():
        return _POOLER_ADDRESSES.get(size, _LEAST_POOLER_ADDRESSES)
    return -(-_POOLER_ADDRESSES["24xlarge"] * int(multiple) // 24)


def interface_budget(deployments: Sequence[Deployment], place: Place, *, quota: int) -> Budget:
    """Every interface of the stack, one per task and deployments included, against "Network interfaces per Region"."""
    tasks = tuple(
        Term(part=each.name, text=str(each.max_tasks), amount=each.max_tasks, times=times_while_deploying(each))
        for each in deployments
    )
    zones = place.zones
    beside = _terms(
        ("load balancer", _LOAD_BALANCER_ADDRESSES, zones),
        ("NAT gateways", 1, place.gateways),
        ("endpoints", place.endpoints, zones),
        ("functions", place.functions, zones),
        ("database", 1, place.database_nodes),
        ("database proxy", 1, place.pooler_addresses),
        ("cache", 1, place.cache_nodes),
        ("search", _SEARCH_FACTOR, place.search_nodes),
    )
    return Budget(
        name="network interfaces",
        unit="network interfaces",
        terms=(*tasks, *beside),
        admitted=quota,
        limit=f"the quota admits {quota}",
    )


def address_budget(deployments: Sequence[Deployment], place: Place) -> Budget:
    """Addresses of the private subnet of one zone, with all tasks in the zones that are left."""
    tasks = _tasks([each for each in deployments if not _among_stores(each, place)], place)
    beside = _terms(
        ("endpoints", 1, place.endpoints),
        ("functions", 1, place.functions),
        ("load balancer", _LOAD_BALANCER_ADDRESSES, int(place.closed)),
    )
    return _subnet("private", (*tasks, *beside), place)


def data_address_budget(deployments: Sequence[Deployment], place: Place) -> Budget:
    """Addresses of the data subnet of one zone, with the nodes of every store spread over the zones, and isolated
    tasks in the zones that are left."""
    tasks = _tasks([each for each in deployments if _among_stores(each, place)], place)
    search_zones = min(place.zones, 3)
    beside = _terms(
        ("database", 1, 2),  # one more while RDS replaces an instance
        ("database proxy", 1, place.pooler_addresses),
        ("cache", 1, -(-place.cache_nodes // place.zones)),
        ("search", _SEARCH_FACTOR, -(-place.search_nodes // search_zones)),
    )
    return _subnet("data", (*tasks, *beside), place)


def _among_stores(deployment: Deployment, place: Place) -> bool:
    return place.isolates and deployment.service.isolated


def _tasks(deployments: Sequence[Deployment], place: Place) -> tuple[Term, ...]:
    left = tasks_left(place.zones, place.zones, loses_zone=place.loses_zone)
    return tuple(
        Term(part=each.name, text=f"{most_at_once(each)}/{left}", amount=-(-most_at_once(each) // left))
        for each in deployments
    )


def _subnet(tier: str, terms: tuple[Term, ...], place: Place) -> Budget:
    return Budget(
        name=f"addresses per {tier} subnet",
        unit="addresses",
        terms=terms,
        admitted=place.addresses,
        limit=f"a {tier} subnet has {place.addresses}",
    )


def _terms(*parts: tuple[str, int, int]) -> tuple[Term, ...]:
    """A term of each part that there is: its name, how many it has each time, and how often."""
    return tuple(
        Term(part=name, text=str(each * times) if 1 in {each, times} else f"{times}x{each}", amount=each * times)
        for name, each, times in parts
        if each * times
    )
