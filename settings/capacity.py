"""The budgets of a stack: `dify.capacity`'s arithmetic over its settings."""

from collections.abc import Callable

from dify.capacity import (
    Budget,
    Place,
    address_budget,
    client_budget,
    connection_budget,
    data_address_budget,
    interface_budget,
    pooler_addresses,
    request_budget,
    run_budget,
    vcpu_budget,
)
from dify.plan import Deployment
from settings.endpoints import isolates, services_of
from settings.environment import Environment
from settings.network import NatGateways
from settings.plan import deployments, migration
from settings.stack import Settings
from settings.subnets import usable_addresses
from settings.vector_store import VectorStoreKind

Measure = Callable[[Settings], Budget]

_FUNCTIONS = 3
"""Functions inside the network: they set up databases, rotate logins and measure queues. OpenSearch has one more."""

_MASTERS = 3
"""Dedicated masters of OpenSearch."""


def connections(settings: Settings) -> Budget:
    """Database connections of all tasks."""
    database = settings.database
    return connection_budget(
        everything(settings),
        instance_class=database.instance_class,
        pooled=database.proxy,
        pgvector=uses_pgvector(settings),
    )


def clients(settings: Settings) -> Budget:
    """Clients of the cache."""
    return client_budget(everything(settings), node_type=settings.cache.node_type)


def requests(settings: Settings) -> Budget:
    """Requests at the busiest time."""
    return request_budget(
        deployments(settings),
        wanted=settings.demand.concurrent_requests,
        zones=len(settings.network.zones),
        loses_zone=survives_zone(settings),
    )


def runs(settings: Settings) -> Budget:
    """Streamed workflows at the busiest time."""
    return run_budget(
        deployments(settings),
        wanted=settings.demand.concurrent_runs,
        zones=len(settings.network.zones),
        loses_zone=survives_zone(settings),
    )


def vcpus(settings: Settings) -> Budget:
    """vCPUs of all tasks."""
    return vcpu_budget(everything(settings), quota=settings.quotas.fargate_vcpus)


def interfaces(settings: Settings) -> Budget:
    """Network interfaces of the stack."""
    return interface_budget(everything(settings), _place(settings), quota=settings.quotas.network_interfaces)


def addresses(settings: Settings) -> Budget:
    """Addresses of a private subnet."""
    return address_budget(everything(settings), _place(settings))


def data_addresses(settings: Settings) -> Budget:
    """Addresses of a data subnet."""
    return data_address_budget(everything(settings), _place(settings))


MEASURES: tuple[Measure, ...] = (connections, clients, requests, runs, vcpus, interfaces, addresses, data_addresses)
"""Every budget that a plan must keep."""


def survives_zone(settings: Settings) -> bool:
    """Whether the stack must carry its demand without one zone. Development may lose it; then it is slow or down."""
    return settings.environment is not Environment.DEV


def uses_pgvector(settings: Settings) -> bool:
    """Whether vectors are read from or written to the database."""
    return VectorStoreKind.PGVECTOR in settings.vector_store.kinds


def everything(settings: Settings) -> tuple[Deployment, ...]:
    """What runs all the time and the migration, which a deployment adds."""
    return (*deployments(settings), migration(settings))


def _place(settings: Settings) -> Place:
    network, database, search = settings.network, settings.database, settings.vector_store
    zones = len(network.zones)
    per_zone = network.nat_gateways is NatGateways.PER_ZONE
    masters = _MASTERS if search.opensearch.dedicated_masters else 0
    return Place(
        zones=zones,
        loses_zone=survives_zone(settings),
        isolates=isolates(settings),
        addresses=usable_addresses(network.cidr),
        closed=not network.internet,
        gateways=0 if not network.internet else zones if per_zone else 1,
        endpoints=len(services_of(settings)),
        functions=_FUNCTIONS + search.has_opensearch,
        database_nodes=1 + database.multi_az,
        pooler_addresses=pooler_addresses(database.instance_class) if database.proxy else 0,
        cache_nodes=settings.cache.nodes,
        search_nodes=search.opensearch.data_nodes + masters if search.has_opensearch else 0,
    )
