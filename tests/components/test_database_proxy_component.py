"""The pool before the database: TLS on both sides, bounded, and open to the services' own logins only."""

import json

import pytest

from components.database_proxy import DatabaseProxy
from dify.capacity import PROXY_PERCENT
from tests.components.component_graphs import below, container, document, pairs
from tests.components.program_variants import POOLED, variant

_LOGINS = {"dify_a", "dify_b", "dify_plugin_a", "dify_plugin_b"}
_PROXY = variant(POOLED).one("rds/proxy:Proxy")


def test_every_login_of_a_rotating_pair_is_known_and_no_other() -> None:
    auths = _PROXY.inputs["auths"]
    assert {auth["description"] for auth in auths} == _LOGINS
    assert {auth["secretArn"] for auth in auths} == {
        f"secrets-{login}-arn"
        for login in ("database-login-a", "database-login-b", "plugin-database-login-a", "plugin-database-login-b")
    }
    assert {(auth["authScheme"], auth["iamAuth"], auth["clientPasswordAuthType"]) for auth in auths} == {
        ("SECRETS", "DISABLED", "POSTGRES_SCRAM_SHA_256")
    }


def test_clients_speak_tls_and_no_query_is_logged() -> None:
    assert _PROXY.inputs["requireTls"] is True
    assert _PROXY.inputs["debugLogging"] is False


def test_its_role_reads_those_secrets_and_nothing_else() -> None:
    read, decrypt = document(variant(POOLED).named("database-proxy-role-policy").inputs["policy"])
    assert set(read["Resource"]) == {auth["secretArn"] for auth in _PROXY.inputs["auths"]}
    assert read["Action"] == ["secretsmanager:GetSecretValue"]
    assert decrypt["Action"] == ["kms:Decrypt"]


def test_the_pool_takes_the_share_that_the_capacity_proof_counts_with() -> None:
    pool = variant(POOLED).one("rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup").inputs["connectionPoolConfig"]
    assert pool["maxConnectionsPercent"] == PROXY_PERCENT
    assert pool["maxIdleConnectionsPercent"] <= pool["maxConnectionsPercent"]


def test_it_stands_with_the_database_behind_a_group_of_its_own() -> None:
    assert _PROXY.inputs["vpcSubnetIds"] == [f"network-data-{zone}-id" for zone in "abc"]
    assert _PROXY.inputs["vpcSecurityGroupIds"] == ["firewall-database-proxy-id"]
    target = variant(POOLED).one("rds/proxyTarget:ProxyTarget").inputs
    assert target["dbInstanceIdentifier"] == "dify-prod-database"


def test_it_is_made_once_the_logins_are() -> None:
    finished = variant(POOLED).named("database-setup-finished")
    assert any(urn.endswith(f"::{finished.name}") for urn in _PROXY.dependencies)


@pytest.mark.parametrize(
    ("service", "variable"), [("api", "DB_HOST"), ("worker", "DB_HOST"), ("plugin-daemon", "DB_HOST")]
)
def test_services_connect_to_it_and_not_to_the_database(service: str, variable: str) -> None:
    environment = pairs(container(variant(POOLED), service)["environment"])
    assert environment[variable] == "database-proxy-proxy-endpoint"


def test_its_log_is_encrypted_and_kept_as_all_logs_are() -> None:
    logs = variant(POOLED).named("database-proxy-logs").inputs
    assert logs["name"] == "/aws/rds/proxy/dify-prod-database-proxy"
    assert logs["retentionInDays"] == 365
    assert logs["kmsKeyId"] == "logs-key-arn"


def test_a_stack_without_it_has_nothing_of_it() -> None:
    without = variant({})
    assert below(without, DatabaseProxy, "database-proxy") == []
    assert not [group for group in without.resources if "database-proxy" in group.name]
    keeper = json.loads(without.named("secrets-keeper-filled").inputs["input"])
    assert not [secret for secret in keeper["secrets"] if str(secret["arn"]).endswith(("-a-arn", "-b-arn"))]


def test_its_alarms_watch_the_way_to_the_database_and_the_wait_for_a_connection() -> None:
    alarms = [one for one in variant(POOLED).of(":MetricAlarm") if one.name.startswith("database-pool-")]
    assert {alarm.name.removeprefix("database-pool-") for alarm in alarms} == {
        *("unavailable", "borrow", "refused", "connections-failed")
    }
