"""The rules about restore tests: every way to leave a store out, or to restore it to where others reach it."""

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.case import Change, add, drop, hide, named, put, remove, together, unlink
from tests.policies.cases_restore_tests import override
from tests.policies.graph_adapter import Declared, Stack, judge
from tests.policies.stacks import Stacks

_TESTED, _MISSED, _PRIVATE, _CLEAN = (
    "backup-selection-must-be-restore-tested",
    "backup-restore-test-must-be-missed",
    "backup-restore-test-must-stay-private",
    "backup-restore-test-must-clean-up",
)
_RULES = [one.policy for one in RULES if one.name in {_TESTED, _MISSED, _PRIVATE, _CLEAN}]
_DATABASE, _BUCKETS, _PLAN = "restore-testing-database", "restore-testing-buckets", "restore-testing-plan"
_OVERRIDES = "restoreMetadataOverrides"


def _changed(stack: Stack, name: str, *changes: Change) -> Stack:
    for change in changes:
        change(stack, next(one for one in stack if named(name)(one) and one.type.startswith("aws:")))
    return stack


def _found(stack: Stack) -> list[tuple[str, str]]:
    return [(rule, message) for rule, _, message in judge(stack, _RULES).violations]


def without(type_: str) -> Change:
    """Let none of the overrides come from a resource of that type."""

    def change(stack: Stack, subject: Declared) -> None:
        gone = {one.urn for one in stack if one.type == type_}
        subject.links[_OVERRIDES] = [urn for urn in subject.links[_OVERRIDES] if urn not in gone]

    return change


def every(kind: str) -> Change:
    """Select everything of a kind, by no name."""
    return together(
        put("protectedResourceType", kind), put("protectedResourceArns", ["*"]), unlink("protectedResourceArns")
    )


def test_each_store_that_is_tried_nowhere_is_named(stack_of: Stacks) -> None:
    found = _found(_changed(stack_of("prod"), _BUCKETS, remove))
    assert {rule for rule, _ in found} == {_TESTED}
    assert len(found) == 3


def test_a_test_of_everything_of_its_kind_covers_the_kind(stack_of: Stacks) -> None:
    assert _found(_changed(stack_of("prod"), _BUCKETS, every("S3"))) == []


def test_a_test_of_everything_of_another_kind_covers_nothing(stack_of: Stacks) -> None:
    found = _found(_changed(stack_of("prod"), _DATABASE, every("EFS")))
    assert [message for rule, message in found if rule == _TESTED] == [
        "backup-stores: no restore of database-instance is ever tried"
    ]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (_PLAN, unlink("recoveryPointSelection")),
        (_DATABASE, unlink("restoreTestingPlanName")),
    ],
)
def test_a_test_that_takes_from_another_vault_proves_nothing(stack_of: Stacks, name: str, change: Change) -> None:
    found = _found(_changed(stack_of("prod"), name, change))
    assert {rule for rule, _ in found} == {_TESTED}
    assert all("takes from no vault of this stack" in message for _, message in found)


def test_no_test_is_asked_of_what_is_not_production(stack_of: Stacks) -> None:
    assert _found(_changed(stack_of("staging"), _DATABASE, remove)) == []


@pytest.mark.parametrize(
    "change",
    [
        put("treatMissingData", "notBreaching"),
        put("metricQueries.0.metric.dimensions.ResourceType", "S3"),
        put("metricQueries.0.metric.metricName", "NumberOfBackupJobsCompleted"),
        together(unlink("metricQueries"), put("metricQueries.0.metric.dimensions.BackupVaultName", "another")),
    ],
)
def test_an_alarm_misses_restores_of_the_kind_and_the_vault_that_it_counts(stack_of: Stacks, change: Change) -> None:
    ((rule, message),) = _found(_changed(stack_of("prod"), "backup-database-not-restored", change))
    assert rule == _MISSED
    assert "no restore of RDS from backup-vault" in message


def test_an_alarm_may_name_the_vault_in_so_many_words(stack_of: Stacks) -> None:
    assert _found(_changed(stack_of("prod"), "backup-database-not-restored", unlink("metricQueries"))) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (override("publiclyAccessible", "true"), "publiclyAccessible is not false"),
        (override("PubliclyAccessible", "True"), "publiclyAccessible is not false"),
        (without(t.DATABASE_SUBNETS), "dbSubnetGroupName is no subnet group of this stack"),
        (without(t.SECURITY_GROUP), "vpcSecurityGroupIds is no security group of this stack"),
    ],
)
def test_a_restored_database_stays_in_the_stack_and_private(stack_of: Stacks, change: Change, says: str) -> None:
    stack = stack_of("prod")
    if says.startswith("publicly"):
        _changed(stack, _DATABASE, drop(f"{_OVERRIDES}.publiclyAccessible"))
    ((rule, message),) = _found(_changed(stack, _DATABASE, change))
    assert rule == _PRIVATE
    assert says in message


def test_a_restored_database_admits_no_addresses(stack_of: Stacks) -> None:
    door = {"cidrIpv4": "10.0.0.0/8", "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432}
    stack = stack_of("prod")
    group = next(one for one in stack if one.name == "restore-testing-nobody")
    add(t.INGRESS_RULE, door)(stack, group)
    stack[-1].links["securityGroupId"] = [group.urn]
    ((rule, message),) = _found(stack)
    assert rule == _PRIVATE
    assert "restore-testing-nobody lets addresses in" in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (override("encryptionType", "SSE-S3"), "encryptionType is not SSE-KMS"),
        (drop(f"{_OVERRIDES}.encryptionType"), "encryptionType is not SSE-KMS"),
        (together(without(t.KEY), drop(f"{_OVERRIDES}.kmsKey")), "kmsKey is missing"),
    ],
)
def test_restored_objects_are_encrypted_with_a_key_of_ones_own(stack_of: Stacks, change: Change, says: str) -> None:
    ((rule, message),) = _found(_changed(stack_of("prod"), _BUCKETS, change))
    assert rule == _PRIVATE
    assert says in message


def test_where_a_restored_database_goes_is_decided_once_it_is_known(stack_of: Stacks) -> None:
    verdict = judge(_changed(stack_of("prod"), _DATABASE, hide(f"{_OVERRIDES}.publiclyAccessible")), _RULES)
    assert verdict.violations == []
    assert verdict.undecided


@pytest.mark.parametrize(("hours", "kept"), [(24, False), (25, True)])
def test_what_was_restored_may_be_looked_at_for_a_day(stack_of: Stacks, hours: int, kept: bool) -> None:
    found = _found(_changed(stack_of("prod"), _DATABASE, put("validationWindowHours", hours)))
    assert [rule for rule, _ in found] == ([_CLEAN] if kept else [])
