"""What a database admits is told from its class as the program tells it, and what tasks open is counted in full."""

import json
from typing import Any

import pytest

from dify.capacity.connections import admitted_connections
from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, Stack, judge
from tests.policies.stacks import Stacks

(POOLS,) = [rule.policy for rule in RULES if rule.name == "rds-instance-must-carry-every-pool"]
(WITH_TLS,) = [rule.policy for rule in RULES if rule.name == "ecs-task-definition-must-demand-tls-of-stores"]


def tasks(database: dict[str, Any], *, most: int, pool: int) -> Stack:
    """One service of at most so many tasks, each with a pool of so many connections on a database of these properties;
    a deployment doubles them."""
    store = Declared(type=t.DATABASE, name="database", props=database)
    environment = [{"name": "DB_HOST", "value": "a"}, {"name": "SQLALCHEMY_POOL_SIZE", "value": str(pool)}]
    definition = Declared(
        type=t.TASK_DEFINITION,
        name="definition",
        props={"containerDefinitions": json.dumps([{"name": "api", "environment": environment}])},
        links={"containerDefinitions": [store.urn]},
    )
    service = Declared(
        type=t.SERVICE, name="service", props={"desiredCount": 1}, links={"taskDefinition": [definition.urn]}
    )
    target = Declared(
        type=t.SCALING_TARGET, name="target", props={"maxCapacity": most}, links={"resourceId": [service.urn]}
    )
    return [store, definition, service, target]


def said(stack: Stack) -> list[str]:
    return [message for _, _, message in judge(stack, [POOLS]).violations]


@pytest.mark.parametrize(
    "size", ["db.t4g.micro", "db.t4g.medium", "db.m7g.large", "db.m7g.xlarge", "db.m6gd.2xlarge", "db.r8g.large"]
)
def test_a_database_admits_what_its_memory_allows(size: str) -> None:
    (message,) = said(tasks({"instanceClass": size}, most=10_000, pool=10))
    assert f"may open 200000 connections, and it admits {admitted_connections(size)} less 15" in message


def test_the_largest_databases_admit_no_more_than_rds_lets_any() -> None:
    (message,) = said(tasks({"instanceClass": "db.r7g.16xlarge"}, most=10_000, pool=10))
    assert "admits 5000 less 15" in message


def test_a_pool_may_take_all_but_the_reserve_and_not_one_more() -> None:
    group = Declared(
        type=t.DATABASE_PARAMETERS, name="group", props={"parameters": [{"name": "max_connections", "value": "215"}]}
    )

    def of(pool: int) -> Stack:
        stack = tasks({"instanceClass": "db.m7g.large"}, most=1, pool=pool)
        stack[0].links["parameterGroupName"] = [group.urn]
        return [group, *stack]

    assert said(of(100)) == []
    (message,) = said(of(101))
    assert "may open 202 connections, and it admits 215 less 15" in message


def test_a_class_of_no_known_size_is_refused_once_something_opens_pools() -> None:
    (message,) = said(tasks({"instanceClass": "db.serverless"}, most=1, pool=1))
    assert "instanceClass is of no known size" in message


def test_a_database_that_nobody_pools_is_silent() -> None:
    assert said([Declared(type=t.DATABASE, name="database", props={"instanceClass": "db.serverless"})]) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DB_EXTRAS", "sslmode=allow"),
        ("PGSSLMODE", "prefer"),
        ("REDIS_USE_SSL", "false"),
        ("OPENSEARCH_SECURE", "false"),
        ("OPENSEARCH_VERIFY_CERTS", "false"),
    ],
)
def test_each_store_is_asked_for_tls(stack_of: Stacks, variable: str, value: str) -> None:
    stack = stack_of("prod")
    (api,) = [one for one in stack if one.type == t.TASK_DEFINITION and one.name == "api-definition"]
    containers = json.loads(api.props["containerDefinitions"])
    for one in containers[0]["environment"]:
        if one["name"] == variable:
            one["value"] = value
    api.props["containerDefinitions"] = json.dumps(containers)
    assert len(judge(stack, [WITH_TLS]).violations) == 1
