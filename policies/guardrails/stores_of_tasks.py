"""What tasks are told of their stores must fit what the stores are: TLS on both sides, and connections for all pools.

The variables are Dify's (docker/.env.example and docker-compose.yaml of langgenius/dify 1.17; the plugin daemon's
internal/types/app/config.go).
"""

import re
from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .container_definitions import LATE, containers_of
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import DATABASE, DATABASE_PARAMETERS, SCALING_TARGET, SERVICE, TASK_DEFINITION
from .values import MalformedError, items, look, mapping, number

WITH_TLS = re.compile(r"(^|.*sslmode=)(require|verify-ca|verify-full)\b.*")
ON = re.compile("true")

TLS = {
    "DB_HOST": ({"DB_SSL_MODE": WITH_TLS}, {"DB_EXTRAS": WITH_TLS}),
    "PGVECTOR_HOST": ({"PGSSLMODE": WITH_TLS},),
    "REDIS_HOST": ({"REDIS_USE_SSL": ON},),
    "OPENSEARCH_HOST": ({"OPENSEARCH_SECURE": ON, "OPENSEARCH_VERIFY_CERTS": ON},),
}
"""Variable that names a store -> the ways to demand TLS of it, each with the variables and what they must say."""

RESERVED = 15
"""Connections of functions, monitoring, people and PostgreSQL's own reserve for superusers."""

BYTES_PER_CONNECTION = 9_531_392
MOST_CONNECTIONS = 5_000
"""RDS's own max_connections is LEAST(DBInstanceClassMemory / 9531392, 5000) (Amazon RDS User Guide, "Quotas and
constraints")."""

GIB_OF_SIZE = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16}
MEMORY_OPTIMISED = ("r", "x")
"""General purpose classes have 8 GiB at `large` and double with each size; these have twice that from `large` on
(Amazon RDS User Guide, "Hardware specifications for DB instance classes")."""

TWICE_WHILE_DEPLOYING = 200
"""ECS's default of deploymentMaximumPercent for a service that replaces its tasks."""


@rule(
    "ecs-task-definition-must-demand-tls-of-stores",
    TASK_DEFINITION,
    severity=Severity.HIGH,
    description="Dify's containers speak TLS with database, cache and search: a store that offers it is not asked.",
    remediation="Let DB_EXTRAS (sslmode=), DB_SSL_MODE and PGSSLMODE say require; set REDIS_USE_SSL, OPENSEARCH_SECURE "
    "and OPENSEARCH_VERIFY_CERTS to true.",
    references=References(practice="SEC09-BP02"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_protect_data_transit_encrypt.html",
    late=LATE,
)
def demands_tls_of_stores(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        told = _environment(container)
        for host, ways in TLS.items():
            if host in told and not any(_says(told, way) for way in ways):
                names = " or ".join(" and ".join(way) for way in ways)
                yield f"container {container.get('name')} may reach {host} without TLS: {names} does not demand it"


@rule(
    "rds-instance-must-carry-every-pool",
    DATABASE,
    severity=Severity.HIGH,
    description="The connections that a database admits are enough for the pools of all of Dify's tasks at their most, "
    "old and new ones of a deployment included; else tasks fail when load is highest.",
    remediation="Take a larger instanceClass, lower SQLALCHEMY_POOL_SIZE and SQLALCHEMY_MAX_OVERFLOW, or put an RDS "
    "Proxy before the database.",
    references=References(practice="REL01-BP03"),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html",
    late=LATE,
)
def carries_every_pool(resource: Resource, graph: Graph) -> Iterator[Finding]:
    # Tasks behind an RDS Proxy do not name the database itself: the proxy shares connections between them.
    definitions = graph.pointing_at(resource, "containerDefinitions", TASK_DEFINITION)
    needed = sum(
        _most_tasks(service, graph) * sum(_connections(container) for container in containers_of(definition))
        for definition in definitions
        for service in graph.pointing_at(definition, "taskDefinition", SERVICE)
    )
    if needed and needed + RESERVED > (admitted := _admitted(resource, graph)):
        yield f"tasks may open {needed:g} connections, and it admits {admitted:g} less {RESERVED}"


def _environment(container: dict[str, Any]) -> dict[str, str]:
    return {str(one.get("name")): str(one.get("value")) for one in map(mapping, items(container.get("environment")))}


def _says(told: dict[str, str], way: dict[str, re.Pattern[str]]) -> bool:
    return all(rule.fullmatch(told.get(name, "")) for name, rule in way.items())


def _connections(container: dict[str, Any]) -> float:
    """Of one task's container: its processes' pools (SQLAlchemy's, or the plugin daemon's own)."""
    told = _environment(container)
    processes = number(told.get("SERVER_WORKER_AMOUNT")) or 1
    pool = number(told.get("SQLALCHEMY_POOL_SIZE")) + number(told.get("SQLALCHEMY_MAX_OVERFLOW"))
    return processes * pool + number(told.get("DB_MAX_OPEN_CONNS"))


def _most_tasks(service: Resource, graph: Graph) -> float:
    targets = graph.pointing_at(service, "resourceId", SCALING_TARGET)
    most = max((number(_demanded(target, "maxCapacity")) for target in targets), default=0)
    percent = service.get("deploymentMaximumPercent")
    during = TWICE_WHILE_DEPLOYING if percent is None else number(percent)
    return max(most, number(service.get("desiredCount")), 1) * max(during, 100) / 100


def _demanded(resource: Resource, name: str) -> Any:
    value = resource.get(name)
    if value is None:
        raise MalformedError(f"{resource.name} has no {name}")
    return value


def _admitted(database: Resource, graph: Graph) -> float:
    """What a parameter group says, else what RDS makes of the instance's memory. Raises MalformedError for a class
    whose memory cannot be told from its name."""
    for group in graph.linked(database, "parameterGroupName", DATABASE_PARAMETERS):
        for parameter in group.entries("parameters"):
            if look(parameter, "name") == "max_connections" and number(look(parameter, "value")):
                return number(look(parameter, "value"))
    known = re.fullmatch(r"db\.([a-z]+)\d+\w*\.(?:(\d+)(?=xlarge))?([a-z]+)", str(_demanded(database, "instanceClass")))
    if known is None or known[3] not in GIB_OF_SIZE:
        raise MalformedError("instanceClass is of no known size")
    gib = GIB_OF_SIZE[known[3]] * int(known[2] or 1)
    if known[1] in MEMORY_OPTIMISED and "large" in known[3]:
        gib *= 2
    return min(gib * 1024**3 // BYTES_PER_CONNECTION, MOST_CONNECTIONS)
