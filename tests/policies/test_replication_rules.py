"""The rules about copies and about Athena's results, on a stack of just those: every way to get them wrong."""

import pickle
from dataclasses import replace
from functools import cache

import pulumi
import pulumi_aws as aws
import pytest

from components.audit_queries import AuditQueries, AuditQueriesArgs
from components.audit_tables import Kept
from components.backup import Backup, BackupArgs
from components.bucket import Bucket, BucketArgs
from components.files_replica import FilesReplica, FilesReplicaArgs
from components.files_replication import FilesReplication, FilesReplicationArgs, originals_of
from components.key import Key, KeyArgs
from components.site import Site
from components.storage import Storage, StorageArgs
from policies.guardrails.rule import RULES
from settings.backup import Backup as Retention
from settings.storage import Storage as Choices
from tests.components.component_graphs import site
from tests.policies.case import Change, named, put, remove, unlink
from tests.policies.graph_adapter import Declared, Stack, declared, judge
from tests.recorder import record

_OTHER = "eu-west-1"
_REPLICATED, _ENCRYPTED = "s3-bucket-must-be-replicated", "s3-replication-must-encrypt-copies"
_COVERED, _RESULTS = "backup-selection-must-cover-stores", "athena-workgroup-must-encrypt-results"
_RULES = [one.policy for one in RULES if one.name in {_REPLICATED, _ENCRYPTED, _COVERED, _RESULTS}]


@cache
def _recorded(*, preview: bool = False) -> bytes:
    return pickle.dumps(declared(record(_build, preview=preview), "prod"))


def _build() -> None:
    here = site()
    there = replace(here, region=_OTHER)
    home, away = (pulumi.ResourceOptions(provider=aws.Provider(one.region, region=one.region)) for one in (here, there))
    key = Key("files", KeyArgs(site=here, purpose="test", via=("s3",)), home)
    logs = _log_bucket(here, home)
    storage = Storage("storage", StorageArgs(site=here, key=key, choices=Choices(), log_bucket=logs), home)
    replica = FilesReplica("replica", FilesReplicaArgs(site=there, choices=Choices()), away)
    copying = FilesReplicationArgs(site=here, originals=originals_of(storage), key=key, replica=replica)
    FilesReplication("replication", copying, home)
    kept = Kept(bucket=logs, days=400)
    asked = AuditQueriesArgs(
        site=here, key_arn=key.arn, records=kept, logs=kept, logged_buckets=[storage.files_bucket], trail=True
    )
    AuditQueries("audit", asked, home)
    stores = [storage.files_arn, storage.plugins_arn]
    Backup("backup", BackupArgs(site=here, key_arn=key.arn, stores=stores, choices=Retention()), home)


def _log_bucket(here: Site, home: pulumi.ResourceOptions) -> pulumi.Output[str]:
    args = BucketArgs(
        site=here, key_arn=None, log_bucket=None, abort_uploads_after_days=7, expire_noncurrent_after_days=7
    )
    return Bucket("logs", args, home).bucket_name


def _stack(*, preview: bool = False) -> Stack:
    stack: Stack = pickle.loads(_recorded(preview=preview))  # noqa: S301  our own
    return stack


def _found(change: Change, name: str) -> list[tuple[str, str]]:
    stack = _stack()
    change(stack, next(one for one in stack if named(name)(one) and one.type.startswith("aws:")))
    return [(rule, resource) for rule, resource, _ in judge(stack, _RULES).violations]


def _move(region: str) -> Change:
    """Let another region's provider make the resource."""

    def change(_: Stack, subject: Declared) -> None:
        subject.provider = {"region": region}

    return change


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_copies_results_and_originals_as_they_are_made_break_no_rule(preview: bool) -> None:
    verdict = judge(_stack(preview=preview), _RULES)
    assert verdict.violations == []
    assert verdict.undecided == set()


@pytest.mark.parametrize("purpose", ["files", "plugins"])
def test_a_bucket_that_is_backed_up_must_be_copied(purpose: str) -> None:
    found = _found(remove, f"replication-{purpose}")
    assert (_REPLICATED, f"storage-{purpose}-bucket") in found
    assert (_COVERED, f"replica-storage-{purpose}-bucket") in found


def test_a_copy_in_the_region_of_the_original_is_none() -> None:
    found = _found(_move("eu-central-1"), "replica-storage-files-bucket")
    assert (_REPLICATED, "storage-files-bucket") in found


@pytest.mark.parametrize(
    "narrowed",
    [
        put("rules.0.filter", {"prefix": "upload_files/"}),
        put("rules.0.filter", {"tag": {"key": "copy", "value": "yes"}}),
        put("rules.0.filter", {"and": {"prefix": "upload_files/"}}),
        put("rules.0.prefix", "upload_files/"),
        put("rules.0.status", "Disabled"),
    ],
    ids=["prefix", "tag", "both", "old-prefix", "off"],
)
def test_a_rule_that_leaves_objects_out_is_not_enough(narrowed: Change) -> None:
    assert _found(narrowed, "replication-files") == [(_REPLICATED, "storage-files-bucket")]


def test_a_copy_that_leads_out_of_the_stack_is_not_known_to_be_one() -> None:
    assert (_REPLICATED, "storage-files-bucket") in _found(unlink("rules"), "replication-files")


def test_copies_are_encrypted_by_a_key_of_their_own_region() -> None:
    found = _found(_move("eu-central-1"), "replica-files-key")
    assert sorted(found) == [(_ENCRYPTED, "replication-files"), (_ENCRYPTED, "replication-plugins")]


def test_results_that_go_to_a_bucket_of_somebody_else_are_found() -> None:
    found = _found(unlink("configuration"), "audit-workgroup")
    assert (_RESULTS, "audit-workgroup") in found
    assert (_COVERED, "audit-results-bucket") in found
