"""A plan that would fall over is refused: the whole sum, and the cheapest change that fits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.queues import ALL_QUEUES
from settings import parse
from settings.capacity import MEASURES, interfaces
from settings.over_budget import LIMITS, cheapest
from tests.settings.stack_files import parsed, refusals, unproven, written

_RUN = "workflow_based_app_execution"
_SMALL_DATABASE = {"database.instanceClass": "db.m7g.large"}
_TASKS = (
    "(web 3x2 + api 5x4 + worker 6x2 + sandbox 4x1 + ssrf-proxy 4x0.5 + api-websocket 4x0.5) x 2 while deploying "
    "+ beat 1x0.5 + plugin-daemon 1x2 + migration 1x1"
)


def _line(key: str, got: str, excess: str, fix: str) -> str:
    return f"config dify:{key}: got {got}; {excess}; {fix}"


@pytest.mark.parametrize(
    ("changes", "environment", "line"),
    [
        (
            _SMALL_DATABASE,
            "prod",
            _line(
                "database.poolSize",
                "10",
                "(api 5x2x(10+10+5) + worker 6x1x(10+10+5) + api-websocket 4x1x(10+10)) x 2 while deploying "
                "+ beat 1x1x(10+10) + plugin-daemon 1x1x(10+10) + migration 1x1x(10+10) + reserve 15 "
                "= 1035 connections, but db.m7g.large admits 901",
                "set poolSize 6 and maxOverflow 10",
            ),
        ),
        (
            {"database.proxy": True, "database.poolSize": 100},
            "prod",
            _line(
                "database.poolSize",
                "100",
                "api 5x2x(100+10+5) + worker 6x1x(100+10+5) + beat 1x1x(100+10) + plugin-daemon 1x1x(100+10) "
                "+ api-websocket 4x1x(100+10) + migration 1x1x(100+10) = 2610 connections, "
                "but RDS Proxy may use 1621 of the 1802 that db.m7g.xlarge admits",
                "set poolSize 57 and maxOverflow 10",
            ),
        ),
        (
            {"services.collaboration.maxTasks": 20},
            "prod",
            _line(
                "cache.nodeType",
                '"cache.m7g.large"',
                "(api 5x820 + worker 6x42 + api-websocket 20x2010) x 2 while deploying + beat 1x12 "
                "+ plugin-daemon 1x40 + migration 1x12 + reserve 10 = 89178 clients, but cache.m7g.large admits 65000",
                "set services.collaboration.maxTasks 13",
            ),
        ),
        (
            {"demand.concurrentRequests": 801},
            "prod",
            _line(
                "demand.concurrentRequests",
                "801",
                "demand 801 requests at once, but api (3 - 1 with a zone) x 2x200 connections admit 800",
                "set services.api.processes 3",
            ),
        ),
        (
            {"demand.concurrentRuns": 41},
            "prod",
            _line(
                "demand.concurrentRuns",
                "41",
                "demand 41 runs at once, but worker (3 - 1 with a zone) x 16 slots admit 32",
                "set services.worker.minTasks 5",
            ),
        ),
        (
            {"quotas.fargateVcpus": 95},
            "prod",
            _line(
                "quotas.fargateVcpus",
                "95",
                f"{_TASKS} = 95.5 vCPUs, but the quota admits 95",
                "have AWS raise it to 96 or more and write that",
            ),
        ),
        (
            {"quotas.networkInterfaces": 118},
            "prod",
            _line(
                "quotas.networkInterfaces",
                "118",
                "(web 3 + api 5 + worker 6 + sandbox 4 + ssrf-proxy 4 + api-websocket 4) x 2 while deploying + beat 1 "
                "+ plugin-daemon 1 + migration 1 + load balancer 3x8 + NAT gateways 3 + endpoints 3x8 + functions 3x3 "
                "+ database 2 + cache 2 = 119 network interfaces, but the quota admits 118",
                "have AWS raise it to 119 or more and write that",
            ),
        ),
        (
            {"network.cidr": "10.20.0.0/23"},
            "prod",
            _line(
                "network.cidr",
                '"10.20.0.0/23"',
                "web 6/2 + api 10/2 + worker 12/2 + beat 1/2 + plugin-daemon 1/2 + ssrf-proxy 8/2 "
                "+ api-websocket 8/2 + migration 1/2 + endpoints 8 + functions 3 = 36 addresses, "
                "but a private subnet has 27",
                "set network.cidr 10.20.0.0/22 in a new stack, or lower maxTasks in one that lives",
            ),
        ),
        (
            {
                "network.cidr": "10.20.0.0/22",
                "vectorStore.kind": "opensearch",
                "vectorStore.opensearch.dataNodes": 60,
            },
            "prod",
            _line(
                "network.cidr",
                '"10.20.0.0/22"',
                "sandbox 8/2 + database 2 + cache 1 + search 21x3 = 70 addresses, but a data subnet has 59",
                "set network.cidr 10.20.0.0/21 in a new stack, or lower maxTasks in one that lives",
            ),
        ),
    ],
)
def test_a_plan_over_a_budget_gives_exactly_one_line(changes: dict[str, Any], environment: str, line: str) -> None:
    assert refusals(changes, environment) == [line]


@pytest.mark.parametrize(
    ("changes", "environment", "advice"),
    [
        ({"database.instanceClass": "db.t4g.micro"}, "dev", "set database.instanceClass db.t4g.xlarge"),
        (
            {"database.poolSize": 5, "database.maxOverflow": 0, "services.sandbox.maxTasks": 2, **_SMALL_DATABASE}
            | {"services.api.maxTasks": 30, "services.api.processes": 2, "services.collaboration.maxTasks": 2},
            "prod",
            "set database.proxy true",
        ),
        (
            {"cache.nodeType": "cache.t4g.micro", "services.collaboration.maxTasks": 6},
            "dev",
            "set cache.nodeType cache.t4g.small",
        ),
        (
            {"services.api.maxTasks": 10, "services.collaboration.maxTasks": 14, "database.poolSize": 5},
            "prod",
            "set services.collaboration.maxTasks 11",
        ),
        (
            {"services.api.maxTasks": 10, "services.collaboration.maxTasks": 14, "database.poolSize": 5}
            | {"services.collaboration.minTasks": 12},
            "prod",
            "set services.api.maxTasks 4",
        ),
        ({"demand.concurrentRequests": 2001}, "prod", "set services.api.minTasks 9 and maxTasks 9"),
        (
            {"services.api.connectionsPerProcess": 150, "demand.concurrentRequests": 700},
            "prod",
            "set services.api.connectionsPerProcess 175",
        ),
        ({"demand.concurrentRuns": 40}, "prod", "set services.worker.concurrency 20"),
        (
            {"demand.concurrentRuns": 60, "services.workerGroups": [{"name": "all", "queues": list(ALL_QUEUES)}]},
            "prod",
            "set services.workerGroups[0].minTasks 6",
        ),
        (
            {"demand.concurrentRequests": 1000000},
            "prod",
            "lower it, or enlarge more than one of services.api, database and cache",
        ),
    ],
)
def test_the_cheapest_change_that_fits_comes_last_in_the_line(
    changes: dict[str, Any], environment: str, advice: str
) -> None:
    (line,) = refusals(changes, environment)
    assert line.rpartition("; ")[2] == advice


_OVER = st.fixed_dictionaries(
    {},
    optional={
        "database.instanceClass": st.sampled_from(("db.m7g.large", "db.r7g.large", "db.m7g.2xlarge")),
        "database.poolSize": st.integers(1, 60),
        "database.maxOverflow": st.integers(0, 40),
        "cache.nodeType": st.sampled_from(("cache.m7g.large", "cache.r7g.xlarge")),
        "services.api.maxTasks": st.integers(3, 40),
        "services.collaboration.maxTasks": st.integers(2, 20),
        "demand.concurrentRequests": st.integers(1, 3000),
        "demand.concurrentRuns": st.integers(1, 100),
        "quotas.fargateVcpus": st.integers(1, 200),
        "quotas.networkInterfaces": st.integers(50, 200),
        "network.cidr": st.sampled_from(("10.20.0.0/24", "10.20.0.0/22", "10.20.0.0/18")),
    },
)


@given(_OVER)
def test_whoever_follows_the_advice_keeps_that_budget_and_breaks_no_other(changes: dict[str, Any]) -> None:
    settings = unproven(changes)
    broken = {limit.measure for limit in LIMITS if not limit.measure(settings).fits}
    for limit in LIMITS:
        if limit.measure in broken and (found := cheapest(limit, settings)):
            changed = found[1]
            assert {measure for measure in MEASURES if not measure(changed).fits} <= broken - {limit.measure}


@given(_OVER)
def test_the_advice_for_a_single_broken_budget_gives_a_stack_file_that_is_accepted(changes: dict[str, Any]) -> None:
    settings = unproven(changes)
    broken = [limit for limit in LIMITS if not limit.measure(settings).fits]
    if len(broken) == 1 and (found := cheapest(broken[0], settings)):
        assert parse(written(found[1]), "prod").domain == "dify.example.com"


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"vectorStore.kind": "opensearch"}, 3 * (3 + 3) + 3),  # data nodes, masters, and a function per zone
        ({"vectorStore.kind": "opensearch", "vectorStore.migrateFrom": "pgvector"}, 3 * (3 + 3) + 3),
        ({"database.proxy": True}, 10),
        ({"network.endpoints": ["bedrock-runtime"]}, 3),
        ({"services.agents.enabled": True}, 1 + 1 + 2 * 4),
        ({"services.collaboration.enabled": False}, -2 * 4),
        ({"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}, 3 * (12 - 8) - 3),
    ],
)
def test_what_a_setting_adds_to_the_network_is_counted(changes: dict[str, Any], more: int) -> None:
    assert interfaces(parsed(changes)).needed - interfaces(parsed({})).needed == more


def test_development_carries_its_demand_without_a_spare_zone() -> None:
    changes = {"services.api.minTasks": 1, "demand.concurrentRequests": 400, "demand.concurrentRuns": 48}
    assert refusals(changes, "dev") == []
    assert len(refusals({**changes, "services.api.minTasks": 2, "demand.concurrentRequests": 401}, "staging")) == 2


def test_every_budget_has_a_line_of_its_own() -> None:
    assert [limit.measure for limit in LIMITS] == list(MEASURES)
    everything = {
        "database.poolSize": 200,
        "services.collaboration.maxTasks": 20,
        "demand.concurrentRequests": 10000,
        "demand.concurrentRuns": 1000,
        "quotas.fargateVcpus": 1,
        "quotas.networkInterfaces": 1,
        "network.cidr": "10.20.0.0/24",
        "vectorStore.kind": "opensearch",
        "vectorStore.opensearch.dataNodes": 9,
    }
    assert len(refusals(everything)) == len(LIMITS)
