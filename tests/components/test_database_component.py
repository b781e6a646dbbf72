"""PostgreSQL."""

from functools import cache
from typing import Any

import pytest

from components.database import Database, DatabaseArgs
from components.key import Key, KeyArgs
from settings.database import Database as Choices
from settings.environment import Lifecycle
from tests.components.component_graphs import LOGS, document, program, site
from tests.recorder import Graph, record
from tests.recordings import recorded


@cache
def _database(lifecycle: Lifecycle = Lifecycle.RETAIN, version: str = "16.9") -> Graph:
    here = site(lifecycle)

    def build() -> None:
        args = DatabaseArgs(
            site=here,
            subnet_ids=["data-a", "data-b"],
            security_group_id="group",
            key=Key("key", KeyArgs(site=here, purpose="test")),
            logs=LOGS,
            choices=Choices.model_validate({"engineVersion": version}),
        )
        Database("database", args)

    return record(build)


def _instance(lifecycle: Lifecycle = Lifecycle.RETAIN) -> dict[str, Any]:
    return _database(lifecycle).named("database-instance").inputs


def test_the_password_is_made_by_rds_and_given_by_nobody() -> None:
    assert _instance()["manageMasterUserPassword"] is True
    assert not {"password", "passwordWo", "snapshotIdentifier"} & set(_instance())
    assert _instance()["masterUserSecretKmsKeyId"] == "key-key-arn"


def test_everything_at_rest_is_encrypted() -> None:
    assert _instance()["storageEncrypted"] is True
    assert _instance()["kmsKeyId"] == _instance()["performanceInsightsKmsKeyId"] == "key-key-arn"


def test_it_is_reached_from_its_own_group_only() -> None:
    assert _instance()["publiclyAccessible"] is False
    assert _instance()["vpcSecurityGroupIds"] == ["group"]
    assert _database().named("database-subnets").inputs["subnetIds"] == ["data-a", "data-b"]


def _parameters() -> dict[str, str]:
    return {p["name"]: p["value"] for p in _database().one("rds/parameterGroup:ParameterGroup").inputs["parameters"]}


def test_it_refuses_connections_without_tls() -> None:
    assert _parameters()["rds.force_ssl"] == "1"
    assert {"log_connections", "log_disconnections", "log_min_duration_statement"} <= set(_parameters())


def test_it_records_who_changed_tables_roles_and_rights_but_no_values() -> None:
    assert _parameters()["shared_preload_libraries"] == "pg_stat_statements,pgaudit"
    assert (_parameters()["pgaudit.log"], _parameters()["pgaudit.log_parameter"]) == ("ddl,role", "0")


def test_only_what_the_server_loads_when_it_starts_waits_for_a_restart() -> None:
    parameters = _database().one("rds/parameterGroup:ParameterGroup").inputs["parameters"]
    waiting = {p["name"]: p["applyMethod"] for p in parameters if "applyMethod" in p}
    assert waiting == {"shared_preload_libraries": "pending-reboot"}


@pytest.mark.parametrize("version", ["15.13", "16.9", "17.5"])
def test_the_parameter_group_follows_the_major_version_under_a_name_of_its_own(version: str) -> None:
    group = _database(version=version).one("rds/parameterGroup:ParameterGroup")
    major = version.split(".", maxsplit=1)[0]
    assert (group.name, group.inputs["family"]) == (f"database-parameters-{major}", f"postgres{major}")


def test_the_guides_production_values_are_the_defaults() -> None:
    expected = {
        "instanceClass": "db.m7g.xlarge", "multiAz": True, "allocatedStorage": 100, "maxAllocatedStorage": 1000,
        "backupRetentionPeriod": 30, "storageType": "gp3", "engine": "postgres",
    }  # fmt: skip
    assert {name: _instance()[name] for name in expected} == expected


def test_retained_data_survives_a_destroy() -> None:
    instance = _database().named("database-instance")
    assert instance.protect
    assert instance.inputs["deletionProtection"] is True
    assert instance.inputs["skipFinalSnapshot"] is False
    assert instance.inputs["finalSnapshotIdentifier"] == "dify-prod-database-final"
    assert instance.inputs["deleteAutomatedBackups"] is False


def test_a_disposable_database_leaves_nothing_behind() -> None:
    instance = _database(Lifecycle.DISPOSABLE).named("database-instance")
    assert not instance.protect
    assert instance.inputs["deletionProtection"] is False
    assert instance.inputs["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in instance.inputs
    assert instance.inputs["deleteAutomatedBackups"] is True


def test_its_logs_are_kept_encrypted_in_groups_that_stand_before_it() -> None:
    groups = _database().of(":LogGroup")
    exported = _instance()["enabledCloudwatchLogsExports"]
    prefix = "/aws/rds/instance/dify-prod-database"
    assert {group.inputs["name"] for group in groups} == {f"{prefix}/{export}" for export in exported}
    assert {group.urn for group in groups} <= set(_database().named("database-instance").dependencies)
    assert {group.inputs["kmsKeyId"] for group in groups} == {"key-logs"}


def test_what_aws_changes_by_itself_is_no_difference() -> None:
    assert _database().named("database-instance").ignore_changes == ["engineVersion", "backupWindow"]


def test_it_is_watched_every_minute_by_a_role_of_its_own() -> None:
    assert (_instance()["monitoringInterval"], _instance()["monitoringRoleArn"]) == (60, "database-monitoring-arn")
    (trust,) = document(_database().named("database-monitoring").inputs["assumeRolePolicy"])
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}


@pytest.mark.parametrize("function", ["database-setup", "rotation"])
def test_its_owners_login_is_read_through_secrets_manager_with_its_own_key_only(function: str) -> None:
    statements = {s["Sid"]: s for s in document(program().named(f"{function}-role-policy").inputs["policy"])}
    read = statements["ReadDatabaseLogin"]
    assert (read["Action"], read["Resource"]) == (
        ["secretsmanager:GetSecretValue"],
        "database-instance-masterUserSecrets-secretArn",
    )
    decrypt = statements["DecryptDatabaseLogin"]
    assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt"], "database-key-arn")
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}}


def test_in_a_preview_the_login_of_a_database_that_is_not_there_yet_is_unknown_and_no_mistake() -> None:
    assert recorded("prod", preview=True).named("database-setup-finished").inputs.get("input") is None
