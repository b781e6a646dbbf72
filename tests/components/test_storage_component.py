"""The buckets."""

from functools import cache
from typing import Any

import pytest

from components.key import Key, KeyArgs
from components.storage import Storage, StorageArgs
from settings.environment import Lifecycle
from settings.storage import Storage as Choices
from tests.components.component_graphs import document, site
from tests.recorder import Graph, record

_BUCKETS = ("storage-files", "storage-plugins")


@cache
def _storage(lifecycle: Lifecycle = Lifecycle.RETAIN) -> Graph:
    here = site(lifecycle)

    def build() -> None:
        key = Key("key", KeyArgs(site=here, purpose="test"))
        Storage("storage", StorageArgs(site=here, key=key, choices=Choices(), log_bucket="logs"))

    return record(build)


def _encryption(bucket: str) -> dict[str, Any]:
    (rule,) = _storage().named(f"{bucket}-encryption").inputs["rules"]
    return rule


def _lifecycle(bucket: str) -> dict[str, Any]:
    (rule,) = _storage().named(f"{bucket}-lifecycle").inputs["rules"]
    return rule


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_a_bucket_blocks_public_access_in_all_four_ways(bucket: str) -> None:
    assert _storage().named(f"{bucket}-private").inputs == {
        "bucket": f"{bucket}-bucket-bucket",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_a_bucket_knows_no_acls(bucket: str) -> None:
    assert _storage().named(f"{bucket}-ownership").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_a_bucket_keeps_old_versions(bucket: str) -> None:
    assert _storage().named(f"{bucket}-versioning").inputs["versioningConfiguration"] == {"status": "Enabled"}


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_a_bucket_drops_unfinished_uploads_and_old_versions(bucket: str) -> None:
    rule = _lifecycle(bucket)
    assert rule["status"] == "Enabled"
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 90}


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_users_data_is_encrypted_with_this_stacks_key(bucket: str) -> None:
    applied = _encryption(bucket)["applyServerSideEncryptionByDefault"]
    assert applied == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "key-key-arn"}
    assert _encryption(bucket)["bucketKeyEnabled"] is True


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_users_data_never_expires_and_moves_to_a_cheaper_class(bucket: str) -> None:
    rule = _lifecycle(bucket)
    assert "expiration" not in rule
    assert rule["transitions"] == [{"days": 90, "storageClass": "STANDARD_IA"}]


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_access_to_users_data_is_logged_in_a_folder_of_its_own(bucket: str) -> None:
    logging = _storage().named(f"{bucket}-logging").inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs", "s3/")
    assert logging["targetObjectKeyFormat"] == {"partitionedPrefix": {"partitionDateSource": "EventTime"}}


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_nobody_is_let_in_by_the_policy_of_a_bucket_with_users_data(bucket: str) -> None:
    assert {s["Effect"] for s in document(_storage().named(f"{bucket}-policy").inputs["policy"])} == {"Deny"}


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_buckets_are_emptied_on_destroy_exactly_where_the_stack_is_disposable(lifecycle: Lifecycle) -> None:
    buckets = _storage(lifecycle).of("s3/bucket:Bucket")
    retains = lifecycle is Lifecycle.RETAIN
    assert [bucket.protect for bucket in buckets] == [retains] * 2
    assert [bucket.inputs["forceDestroy"] for bucket in buckets] == [not retains] * 2


def test_no_bucket_has_a_name_that_somebody_else_could_take_first() -> None:
    assert not [b for b in _storage().of("s3/bucket:Bucket") if {"bucket", "bucketPrefix"} & set(b.inputs)]
