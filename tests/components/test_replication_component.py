"""The copy of users' files in another region."""

from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.alarm_tables.replication import Copied, failed_copies, late_copies
from components.alarms import Alarms, AlarmsArgs
from components.files_replica import FilesReplica, FilesReplicaArgs
from components.files_replication import FilesReplication, FilesReplicationArgs, originals_of
from components.key import Key, KeyArgs
from components.storage import Storage, StorageArgs
from settings.environment import Lifecycle
from settings.severity import Severity
from settings.storage import Storage as Choices
from tests.components.component_graphs import document, site
from tests.recorder import Graph, Recorded, record

_OTHER = "eu-west-1"
_PURPOSES = ("files", "plugins")
_CHOICES = Choices.model_validate({"infrequentAccessAfterDays": 45, "expireNoncurrentAfterDays": 66})


@cache
def _graph(lifecycle: Lifecycle = Lifecycle.RETAIN) -> Graph:
    here = site(lifecycle)
    there = replace(here, region=_OTHER)

    def build() -> None:
        home = pulumi.ResourceOptions(provider=aws.Provider("home", region=here.region))
        away = pulumi.ResourceOptions(provider=aws.Provider("away", region=there.region))
        key = Key("files", KeyArgs(site=here, purpose="test", via=("s3",)), home)
        storage = Storage("storage", StorageArgs(site=here, key=key, choices=_CHOICES, log_bucket="logs"), home)
        replica = FilesReplica("replica", FilesReplicaArgs(site=there, choices=_CHOICES), away)
        FilesReplication(
            "replication",
            FilesReplicationArgs(site=here, originals=originals_of(storage), key=key, replica=replica),
            home,
        )
        copied = {
            purpose: Copied(source=original.bucket, replica=replica.buckets[purpose])
            for purpose, original in originals_of(storage).items()
        }
        topics = dict.fromkeys(Severity, "topic")
        for name, alarms, where, options in (
            ("failed", failed_copies(copied), here, home),
            ("late", late_copies(copied), there, away),
        ):
            Alarms(name, AlarmsArgs(site=where, topics=topics, runbooks="runbooks", alarms=alarms), options)

    return record(build)


def _provider(resource: Recorded) -> str:
    return resource.provider.rsplit("::", 2)[-2]


def _below(component: str) -> list[Recorded]:
    """Everything inside a component, at any depth."""
    graph = _graph()
    inside = {next(one.urn for one in graph.resources if one.name == component and not one.custom)}
    for one in graph.resources:
        if one.parent in inside:
            inside.add(one.urn)
    return [one for one in graph.resources if one.urn in inside and one.custom]


def _rule(purpose: str) -> dict[str, Any]:
    (rule,) = _graph().named(f"replication-{purpose}").inputs["rules"]
    return rule


def _allowed(purpose: str) -> dict[str, dict[str, Any]]:
    policy = _graph().named(f"replication-{purpose}-role-policy").inputs["policy"]
    return {statement["Sid"]: statement for statement in document(policy)}


def test_the_copy_stands_in_the_other_region_with_all_that_belongs_to_it() -> None:
    assert {_provider(one) for one in _below("replica")} == {"away"}


def test_the_rule_and_its_roles_stand_with_the_originals() -> None:
    assert {_provider(one) for one in _below("replication")} == {"home"}


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_every_object_and_every_deletion_is_copied(purpose: str) -> None:
    inputs = _graph().named(f"replication-{purpose}").inputs
    rule = _rule(purpose)
    assert inputs["bucket"] == f"storage-{purpose}-bucket-bucket"
    assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""})
    assert rule["deleteMarkerReplication"] == {"status": "Enabled"}
    assert rule["destination"]["bucket"] == f"replica-storage-{purpose}-bucket-arn"


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_encrypted_objects_are_copied_and_encrypted_with_the_other_regions_key(purpose: str) -> None:
    assert _rule(purpose)["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}
    encryption = _rule(purpose)["destination"]["encryptionConfiguration"]
    assert encryption == {"replicaKmsKeyId": "replica-files-key-arn"}


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_copies_are_promised_within_fifteen_minutes_and_measured(purpose: str) -> None:
    destination = _rule(purpose)["destination"]
    assert destination["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert destination["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_the_rule_waits_for_the_versions_of_both_buckets(purpose: str) -> None:
    waits_for = _graph().named(f"replication-{purpose}").dependencies
    for bucket in (f"storage-{purpose}", f"replica-storage-{purpose}"):
        assert _graph().named(f"{bucket}-versioning").urn in waits_for


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_a_role_reads_only_its_originals_and_writes_only_its_copies(purpose: str) -> None:
    touched = {sid: statement["Resource"] for sid, statement in _allowed(purpose).items()}
    assert touched == {
        "ReadRule": f"storage-{purpose}-bucket-arn",
        "ReadOriginals": f"storage-{purpose}-bucket-arn/*",
        "DecryptOriginals": "files-key-arn",
        "WriteCopies": f"replica-storage-{purpose}-bucket-arn/*",
        "EncryptCopies": "replica-files-key-arn",
    }


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_a_role_can_neither_get_an_object_nor_delete_a_version(purpose: str) -> None:
    actions = {action for statement in _allowed(purpose).values() for action in statement["Action"]}
    assert not actions & {"s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject", "s3:DeleteObjectVersion"}
    assert {"s3:GetObjectVersionForReplication", "s3:ReplicateObject", "s3:ReplicateDelete"} <= actions


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_each_key_is_used_through_s3_of_its_own_region_only(purpose: str) -> None:
    via = {sid: _allowed(purpose)[sid]["Condition"] for sid in ("DecryptOriginals", "EncryptCopies")}
    assert via == {
        "DecryptOriginals": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
        "EncryptCopies": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
    }


def test_the_other_regions_key_is_used_through_s3_there_only() -> None:
    statements = {one["Sid"]: one for one in document(_graph().named("replica-files-key").inputs["policy"])}
    through = statements["UseThroughServices"]["Condition"]["StringEquals"]["kms:ViaService"]
    assert through == [f"s3.{_OTHER}.amazonaws.com"]


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_a_copy_is_kept_and_logged_as_its_original(purpose: str) -> None:
    (rule,) = _graph().named(f"replica-storage-{purpose}-lifecycle").inputs["rules"]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 66}
    assert rule["transitions"] == [{"days": 45, "storageClass": "STANDARD_IA"}]
    assert "expiration" not in rule
    logging = _graph().named(f"replica-storage-{purpose}-logging").inputs
    assert logging["targetBucket"] == "replica-logs-bucket-bucket"


@pytest.mark.parametrize("lifecycle", list(Lifecycle))
def test_copies_and_their_key_outlive_a_stack_that_retains_its_data(lifecycle: Lifecycle) -> None:
    kept = {
        name: _graph(lifecycle).named(name).protect for name in ("replica-storage-files-bucket", "replica-files-key")
    }
    assert set(kept.values()) == {lifecycle is Lifecycle.RETAIN}


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_a_failed_copy_rings_where_the_originals_are(purpose: str) -> None:
    alarm = _graph().named(f"failed-{purpose}-failed")
    (query,) = alarm.inputs["metricQueries"]
    assert _provider(alarm) == "home"
    assert alarm.inputs["threshold"] == 0
    assert query["metric"]["metricName"] == "OperationsFailedReplication"
    assert query["metric"]["dimensions"] == {
        "SourceBucket": f"storage-{purpose}-bucket-bucket",
        "DestinationBucket": f"replica-storage-{purpose}-bucket-bucket",
        "RuleId": _rule(purpose)["id"],
    }


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_a_late_copy_rings_where_the_copies_are(purpose: str) -> None:
    alarm = _graph().named(f"late-{purpose}-late")
    (query,) = alarm.inputs["metricQueries"]
    assert _provider(alarm) == "away"
    assert alarm.inputs["threshold"] == 900
    assert query["metric"]["metricName"] == "ReplicationLatency"
