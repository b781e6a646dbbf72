"""Restore tests: of what, how often, from which vault, and where that goes which they restore."""

import json
import re
from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from components.restore_testing import RestoreTesting, schedule
from tests.components.component_graphs import below, document, program
from tests.recorder import Graph

_OF_TESTS = "arn:aws:s3:::awsbackup-restore-test-*"


@cache
def _plan(stack: str = "prod") -> dict[str, Any]:
    return program(stack).one("backup/restoreTestingPlan:RestoreTestingPlan").inputs


def _test(of: str) -> dict[str, Any]:
    return program().named(f"restore-testing-{of}").inputs


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_every_store_that_is_backed_up_is_restored_in_a_test(stack: str) -> None:
    graph = program(stack)
    tested = [
        (test.inputs["protectedResourceType"], arn)
        for test in graph.of("backup/restoreTestingSelection:RestoreTestingSelection")
        for arn in test.inputs["protectedResourceArns"]
    ]
    stores = graph.one("backup/selection:Selection").inputs["resources"]
    assert sorted(arn for _, arn in tested) == sorted(stores)
    assert {kind for kind, arn in tested if "bucket" in arn} == {"S3"}
    assert {kind for kind, arn in tested if "database" in arn} == {"RDS"}


def test_a_stack_that_comes_and_goes_tries_no_restore() -> None:
    assert [one for one in program("dev").resources if "restore-testing" in one.name] == []


def test_a_test_takes_the_newest_backup_and_from_the_vault_of_the_stack_alone() -> None:
    chosen = _plan()["recoveryPointSelection"]
    assert chosen["algorithm"] == "LATEST_WITHIN_WINDOW"
    assert chosen["includeVaults"] == [program().named("backup-vault").outputs["arn"]]
    assert set(chosen["recoveryPointTypes"]) == {"CONTINUOUS", "SNAPSHOT"}
    assert chosen["selectionWindowDays"] == 2


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_names_are_such_as_aws_backup_takes(stack: str) -> None:
    assert _plan(stack)["name"] == f"dify_{stack}"
    assert re.fullmatch(r"[A-Za-z0-9_]{1,50}", _plan(stack)["name"])


@pytest.mark.parametrize("every_days", range(1, 7))
def test_two_tests_are_never_further_apart_than_was_asked_for(every_days: int) -> None:
    found = re.fullmatch(r"cron\(0 5 (\d+)/(\d+) \* \? \*\)", schedule(every_days))
    assert found is not None
    first, step = map(int, found.groups())
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(2 * 366)]
    tests = [day for day in days if day.day in range(first, monthrange(day.year, day.month)[1] + 1, step)]
    apart = {(later - earlier).days for earlier, later in pairwise(tests)}
    assert max(apart) == every_days


def test_a_test_that_is_never_made_has_no_schedule() -> None:
    with pytest.raises(ValueError, match="never made"):
        schedule(0)


def test_a_restored_database_stands_where_the_database_does_and_nobody_reaches_it() -> None:
    chosen, database = _test("database")["restoreMetadataOverrides"], program().named("database-instance").inputs
    assert chosen["dbSubnetGroupName"] == database["dbSubnetGroupName"]
    assert chosen["dbParameterGroupName"] == database["parameterGroupName"]
    assert chosen["publiclyAccessible"] == "false"
    assert json.loads(chosen["vpcSecurityGroupIds"]) == ["restore-testing-nobody-id"]
    group = program().named("restore-testing-nobody").inputs
    assert {"ingress", "egress"}.isdisjoint(group)
    rules = [*program().of(":SecurityGroupIngressRule"), *program().of(":SecurityGroupEgressRule")]
    about = {value for rule in rules for value in rule.inputs.values() if isinstance(value, str)}
    assert "restore-testing-nobody-id" not in about


def test_restored_files_are_encrypted_with_the_key_of_the_files_and_get_no_acl() -> None:
    chosen = _test("buckets")["restoreMetadataOverrides"]
    assert chosen == {"encryptionType": "SSE-KMS", "kmsKey": "files-key-arn", "restoreACLs": "false"}


@pytest.mark.parametrize("of", ["database", "buckets"])
def test_what_was_restored_is_deleted_after_an_hour(of: str) -> None:
    assert _test(of)["validationWindowHours"] == 1


def _denied(graph: Graph, of: str) -> dict[str, dict[str, Any]]:
    statements = document(graph.named(f"restore-testing-{of}-role-policy").inputs["policy"])
    assert {statement["Effect"] for statement in statements} == {"Deny"}
    return {statement["Sid"]: statement for statement in statements}


def test_each_kind_is_restored_under_a_role_of_its_own_that_touches_no_other_kind() -> None:
    assert _test("database")["iamRoleArn"] == "restore-testing-database-role-arn"
    assert _test("buckets")["iamRoleArn"] == "restore-testing-buckets-role-arn"
    assert _denied(program(), "database")["NoBuckets"]["Action"] == ["s3:*"]
    assert _denied(program(), "buckets")["NoDatabases"]["Action"] == ["rds:*"]


def test_a_test_writes_to_no_bucket_but_those_of_tests() -> None:
    only = _denied(program(), "buckets")["OnlyBucketsOfTests"]
    assert only["NotResource"] == [_OF_TESTS]
    assert {"s3:Create*", "s3:Delete*", "s3:Put*"} <= set(only["Action"])


def test_the_roles_have_awss_own_restore_policies_and_no_right_to_back_up() -> None:
    attached: dict[str, set[str]] = {"database": set(), "buckets": set()}
    for one in below(program(), RestoreTesting, "restore-testing"):
        if one.type.endswith(":RolePolicyAttachment"):
            of = "database" if "-database-" in one.name else "buckets"
            attached[of].add(one.inputs["policyArn"].rsplit("/", 1)[-1])
    assert attached == {
        "database": {"AWSBackupServiceRolePolicyForRestores"},
        "buckets": {"AWSBackupServiceRolePolicyForRestores", "AWSBackupServiceRolePolicyForS3Restore"},
    }
