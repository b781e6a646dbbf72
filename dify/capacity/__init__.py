"""Arithmetic that keeps a plan from falling over: what it may need at its largest against what is there.

Every budget is counted at the most tasks that scaling starts, a deployment on top. Nothing here measures anything: a
budget that fits says that no limit of AWS or of a store is what stops the plan.
"""

from dify.capacity.budget import Budget, Term, number
from dify.capacity.clients import (
    MOST_CLIENTS,
    RESERVED_CLIENTS,
    admitted_clients,
    client_budget,
    clients_per_task,
)
from dify.capacity.compute import vcpu_budget, vcpus_per_task
from dify.capacity.connections import (
    PROXY_PERCENT,
    RESERVED_CONNECTIONS,
    admitted_connections,
    connection_budget,
    connections_per_task,
    instance_memory_gib,
)
from dify.capacity.demand import RUN_QUEUE, request_budget, run_budget, tasks_left
from dify.capacity.interfaces import Place, address_budget, data_address_budget, interface_budget, pooler_addresses
from dify.capacity.rolling import ROLLING_FACTOR, most_at_once

__all__ = [
    "MOST_CLIENTS",
    "PROXY_PERCENT",
    "RESERVED_CLIENTS",
    "RESERVED_CONNECTIONS",
    "ROLLING_FACTOR",
    "RUN_QUEUE",
    "Budget",
    "Place",
    "Term",
    "address_budget",
    "admitted_clients",
    "admitted_connections",
    "client_budget",
    "clients_per_task",
    "connection_budget",
    "connections_per_task",
    "data_address_budget",
    "instance_memory_gib",
    "interface_budget",
    "most_at_once",
    "number",
    "pooler_addresses",
    "request_budget",
    "run_budget",
    "tasks_left",
    "vcpu_budget",
    "vcpus_per_task",
]
