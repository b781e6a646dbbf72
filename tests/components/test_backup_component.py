"""Backups: what is covered, for how long and how firmly."""

from functools import cache
from typing import Any

import pytest

from components.backup import Backup, BackupArgs
from settings.backup import Backup as Choices
from settings.backup import Lock
from settings.environment import Lifecycle
from tests.components.component_graphs import document, program, site
from tests.recorder import Graph, record


@cache
def _backup(lifecycle: Lifecycle = Lifecycle.RETAIN, lock: Lock = Lock.COMPLIANCE, daily: int = 35) -> Graph:
    args = BackupArgs(
        site=site(lifecycle),
        key_arn="key",
        stores=["database", "files"],
        choices=Choices.model_validate({"lock": lock, "dailyRetentionDays": daily, "hourlyRetentionDays": 30}),
    )
    return record(lambda: Backup("backup", args))


def _rules(graph: Graph) -> dict[str, dict[str, Any]]:
    return {rule["ruleName"]: rule for rule in graph.one("backup/plan:Plan").inputs["rules"]}


def test_every_given_store_is_selected_under_a_role_of_its_own() -> None:
    selection = _backup().one("backup/selection:Selection").inputs
    assert (selection["resources"], selection["iamRoleArn"]) == (["database", "files"], "backup-role-arn")


def test_the_program_backs_up_the_database_and_every_bucket_that_nothing_can_make_again() -> None:
    stores = program().one("backup/selection:Selection").inputs["resources"]
    assert set(stores) == {
        "database-instance-arn",
        *("storage-files-bucket-arn", "storage-plugins-bucket-arn", "business-history-records-bucket-arn"),
    }


def test_backups_are_daily_and_continuous() -> None:
    rules = _rules(_backup())
    assert set(rules) == {"daily", "hourly"}
    assert rules["hourly"]["enableContinuousBackup"] is True
    assert rules["daily"]["lifecycle"] == {"deleteAfter": 35}
    assert rules["hourly"]["lifecycle"] == {"deleteAfter": 30}
    assert {rule["targetVaultName"] for rule in rules.values()} == {_backup().named("backup-vault").outputs["name"]}


@pytest.mark.parametrize("daily", [14, 30, 35, 90])
def test_the_lock_admits_what_the_plan_keeps(daily: int) -> None:
    graph = _backup(daily=daily)
    lock = graph.one(":VaultLockConfiguration").inputs
    kept = [rule["lifecycle"]["deleteAfter"] for rule in _rules(graph).values()]
    assert all(lock["minRetentionDays"] <= days <= lock["maxRetentionDays"] for days in kept)


def test_a_compliance_lock_becomes_final_after_its_grace() -> None:
    assert _backup().one(":VaultLockConfiguration").inputs["changeableForDays"] == 3


def test_a_governance_lock_never_becomes_final() -> None:
    assert "changeableForDays" not in _backup(lock=Lock.GOVERNANCE).one(":VaultLockConfiguration").inputs


def test_a_vault_without_lock_can_be_emptied() -> None:
    graph = _backup(Lifecycle.DISPOSABLE, Lock.OFF)
    assert graph.of(":VaultLockConfiguration") == []
    assert graph.of(":VaultPolicy") == []


def test_a_locked_vault_refuses_to_delete_or_shorten_a_recovery_point() -> None:
    (deny,) = document(_backup().one(":VaultPolicy").inputs["policy"])
    assert (deny["Effect"], deny["Principal"]) == ("Deny", {"AWS": "*"})
    assert set(deny["Action"]) == {"backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"}


def test_nothing_is_written_to_the_vault_before_it_is_locked() -> None:
    lock = _backup().one(":VaultLockConfiguration").urn
    assert lock in _backup().one("backup/plan:Plan").dependencies


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_the_vault_is_protected_exactly_where_data_is_retained(lifecycle: Lifecycle) -> None:
    vault = _backup(lifecycle, Lock.GOVERNANCE).named("backup-vault")
    assert vault.protect is (lifecycle is Lifecycle.RETAIN)
    assert vault.inputs["forceDestroy"] is (lifecycle is Lifecycle.DISPOSABLE)


def test_the_vault_is_encrypted_with_the_given_key() -> None:
    assert _backup().named("backup-vault").inputs["kmsKeyArn"] == "key"


def test_the_role_has_awss_own_backup_policies_and_no_other() -> None:
    attached = {
        attachment.inputs["policyArn"].rsplit("/", 1)[-1] for attachment in _backup().of(":RolePolicyAttachment")
    }
    assert attached == {
        "AWSBackupServiceRolePolicyForBackup",
        "AWSBackupServiceRolePolicyForRestores",
        "AWSBackupServiceRolePolicyForS3Backup",
        "AWSBackupServiceRolePolicyForS3Restore",
    }
    assert _backup().of("iam/rolePolicy:RolePolicy") == []
