"""The bucket of snapshots: who writes it, for whom, how long, and what outlives whom."""

import json
from functools import cache
from typing import Any

import pytest

from components.key import Key, KeyArgs
from components.search_snapshots import SearchSnapshots, SearchSnapshotsArgs
from settings.backup import Backup
from settings.environment import Lifecycle
from tests.components.component_graphs import ACCOUNT, REGION, document, program, settings, site
from tests.recorder import Graph, record

DOMAIN = f"arn:aws:es:{REGION}:{ACCOUNT}:domain/dify-prod"


@cache
def _snapshots(lifecycle: Lifecycle = Lifecycle.RETAIN) -> Graph:
    return record(lambda: _made(lifecycle))


def _made(lifecycle: Lifecycle) -> SearchSnapshots:
    return SearchSnapshots(
        "search-snapshots",
        SearchSnapshotsArgs(
            site=site(lifecycle),
            key=Key("backup", KeyArgs(site=site(lifecycle), purpose="Backups", via=("s3",))),
            log_bucket="logs",
            choices=Backup.model_construct(daily_retention_days=40, hourly_retention_days=20),
        ),
    )


def _policy() -> dict[str, dict[str, Any]]:
    found = document(_snapshots().named("search-snapshots-role-policy").inputs["policy"])
    return {statement["Sid"]: statement for statement in found}


def test_opensearch_takes_the_role_for_the_domain_of_this_stack_alone() -> None:
    (trust,) = document(_snapshots().named("search-snapshots-role").inputs["assumeRolePolicy"])
    assert trust["Principal"] == {"Service": "es.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": DOMAIN},
    }


def test_the_role_reads_and_writes_this_bucket_and_nothing_else() -> None:
    places = {sid: statement["Resource"] for sid, statement in _policy().items()}
    assert places == {
        "ListSnapshots": "search-snapshots-bucket-arn",
        "Snapshots": "search-snapshots-bucket-arn/*",
        "EncryptSnapshots": "backup-key-arn",
    }
    assert not [
        action for one in _policy().values() for action in one["Action"] if "*" in action or "Version" in action
    ]


def test_it_uses_the_key_through_s3_only() -> None:
    condition = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    assert _policy()["EncryptSnapshots"]["Condition"] == condition


def test_the_key_is_not_that_of_the_domain() -> None:
    (encryption,) = [
        one for one in program().of("ServerSideEncryptionConfiguration") if one.name == "search-snapshots-encryption"
    ]
    (domain,) = program().of("aws:opensearch/domain:Domain")
    assert encryption.property_dependencies["rules"] != domain.property_dependencies["encryptAtRest"]


def test_no_lifecycle_ends_or_moves_what_later_snapshots_share() -> None:
    (rule,) = _snapshots().named("search-snapshots-lifecycle").inputs["rules"]
    assert not rule.get("expiration")
    assert not rule.get("transitions")
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}


def test_what_is_deleted_can_be_brought_back_and_access_is_logged() -> None:
    assert _snapshots().named("search-snapshots-versioning").inputs["versioningConfiguration"]["status"] == "Enabled"
    assert _snapshots().named("search-snapshots-logging").inputs["targetBucket"] == "logs"


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_the_bucket_outlives_the_stack_unless_that_is_disposable(lifecycle: Lifecycle) -> None:
    bucket = _snapshots(lifecycle).named("search-snapshots-bucket")
    retains = lifecycle is Lifecycle.RETAIN
    assert (bucket.protect, bucket.inputs["forceDestroy"]) == (retains, not retains)


def test_snapshots_are_kept_as_long_as_other_backups() -> None:
    found: dict[str, Any] = {}
    record(lambda: found.update(_made(Lifecycle.RETAIN).request("setup-role")))
    kept = {policy["name"]: (policy["keepDays"], policy["keepLast"]) for policy in found["policies"]}
    assert kept == {"hourly": (20, 24), "daily": (40, 7)}


def test_a_function_hands_over_this_role_alone_and_to_opensearch_alone() -> None:
    statements: list[Any] = []
    record(lambda: statements.extend(_made(Lifecycle.RETAIN).statements()))
    (passing,) = [one for one in statements if "iam:PassRole" in one["Action"]]
    assert passing["Action"] == ["iam:PassRole"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "es.amazonaws.com"}}


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_in_a_whole_stack_the_function_passes_the_snapshots_role(stack: str) -> None:
    policy = document(program(stack).named("search-setup-role-policy").inputs["policy"])
    (passing,) = [one for one in policy if "iam:PassRole" in one["Action"]]
    assert passing["Resource"] == "search-snapshots-role-arn"


@pytest.mark.parametrize("stack", ["prod", "staging", "dev"])
def test_only_a_stack_with_opensearch_has_any_of_it(stack: str) -> None:
    has = settings(stack).vector_store.has_opensearch
    assert bool([one for one in program(stack).resources if one.name.startswith("search-snapshots")]) is has


def test_each_object_that_is_read_or_written_is_recorded() -> None:
    trail = program().one("aws:cloudtrail/trail:Trail")
    assert "search-snapshots-bucket-arn/" in json.dumps(trail.inputs["advancedEventSelectors"])


def test_the_type_token_stays() -> None:
    assert SearchSnapshots.type_token == "dify:data:SearchSnapshots"  # noqa: S105
