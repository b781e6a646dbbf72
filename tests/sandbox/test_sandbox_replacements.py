"""Which changes replace a resource, and which deletes AWS refuses."""

import pytest
from provider_calls import BUCKET, DATABASE, Call, Refused, diff, provider, urn
from pulumi.runtime.proto import provider_pb2

from sandbox.properties import Properties, encode
from sandbox.replacements import REPLACES, replacing
from sandbox.schema import load

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"

HARMLESS = {
    DATABASE: (
        "instanceClass allocatedStorage maxAllocatedStorage engineVersion backupRetentionPeriod multiAz storageType "
        "iops storageThroughput parameterGroupName maintenanceWindow deletionProtection tags "
        "performanceInsightsRetentionPeriod"
    ),
    CACHE: (
        "nodeType numCacheClusters engineVersion snapshotRetentionLimit snapshotWindow maintenanceWindow multiAzEnabled"
    ),
    BUCKET: "forceDestroy tags",
    "aws:kms/key:Key": "deletionWindowInDays enableKeyRotation rotationPeriodInDays policy description",
    "aws:secretsmanager/secret:Secret": "kmsKeyId recoveryWindowInDays description",
    "aws:opensearch/domain:Domain": (
        "engineVersion clusterConfig ebsOptions accessPolicies advancedSecurityOptions domainEndpointOptions "
        "vpcOptions logPublishingOptions softwareUpdateOptions"
    ),
    "aws:cloudwatch/logGroup:LogGroup": "retentionInDays kmsKeyId",
    "aws:sns/topic:Topic": "kmsMasterKeyId",
}


@pytest.mark.parametrize("token", HARMLESS)
def test_size_version_and_retention_never_replace_what_holds_data(token: str) -> None:
    assert replacing(token).isdisjoint(HARMLESS[token].split())


@pytest.mark.parametrize("token", HARMLESS)
def test_the_harmless_properties_exist(token: str) -> None:
    assert set(HARMLESS[token].split()) <= load(token).inputs.keys()


@pytest.mark.parametrize("token", REPLACES)
def test_every_property_of_the_table_is_one_of_its_type(token: str) -> None:
    assert REPLACES[token] <= load(token).inputs.keys()


@pytest.mark.parametrize(
    ("token", "name"),
    [
        (DATABASE, "storageEncrypted"),
        (BUCKET, "bucket"),
        (CACHE, "replicationGroupId"),
        ("aws:opensearch/domain:Domain", "encryptAtRest"),
        ("aws:ec2/vpc:Vpc", "cidrBlock"),
    ],
)
def test_a_change_of_identity_replaces(token: str, name: str) -> None:
    assert diff(token, {name: "a"}, {name: "b"}) == ([name], [name])


def test_an_ignored_change_is_no_change() -> None:
    assert diff(DATABASE, {"engineVersion": "16.4"}, {"engineVersion": "16.9"}, ignored=("engineVersion",)) == ([], [])


def test_a_property_that_is_absent_and_one_that_is_null_are_equal() -> None:
    assert diff(BUCKET, {"bucket": None}, {}) == ([], [])


@pytest.mark.parametrize(
    ("token", "properties", "words"),
    [
        (DATABASE, {"deletionProtection": True, "skipFinalSnapshot": True}, "while deletionProtection is on"),
        (DATABASE, {"skipFinalSnapshot": False}, "finalSnapshotIdentifier is required"),
        ("aws:lb/loadBalancer:LoadBalancer", {"enableDeletionProtection": True}, "enableDeletionProtection is on"),
    ],
)
def test_a_protected_resource_is_not_deleted(token: str, properties: Properties, words: str) -> None:
    with pytest.raises(Refused, match=words):
        provider().Delete(provider_pb2.DeleteRequest(urn=urn(token), properties=encode(properties)), Call())


def test_an_unprotected_resource_is_deleted() -> None:
    request = provider_pb2.DeleteRequest(urn=urn(DATABASE), properties=encode({"skipFinalSnapshot": True}))
    assert provider().Delete(request, Call()) is not None
