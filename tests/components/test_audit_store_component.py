"""The two buckets that records go to."""

from functools import cache

import pytest
from pulumi_aws import s3

from components.audit_store import AuditStore, AuditStoreArgs, trail_arn
from components.load_balancer import CONNECTION_LOG_PREFIX
from settings import Lock
from settings.audit import Audit
from settings.environment import Lifecycle
from settings.storage import Storage
from tests.components.component_graphs import ACCOUNT, REGION, document, site
from tests.components.policy_decisions import Decision, Request, decide
from tests.recorder import Graph, record

_BUCKETS = ("audit-logs", "audit-records")
_STRANGER = "999988887777"


@cache
def _store(lock: Lock = Lock.COMPLIANCE, lifecycle: Lifecycle = Lifecycle.RETAIN) -> Graph:
    choices = Audit.model_validate({"lock": lock, "lockDays": 500, "expireAfterDays": 600})
    args = AuditStoreArgs(site=site(lifecycle), key_arn="key-audit", choices=choices, logs=Storage())
    return record(lambda: AuditStore("audit", args))


def _decision(bucket: str, service: str, key: str, source: str, account: str = ACCOUNT) -> Decision:
    action, place = ("s3:PutObject", f"/{key}") if key else ("s3:GetBucketAcl", "")
    context = {
        "aws:SecureTransport": "true",
        "s3:TlsVersion": "1.2",
        "aws:PrincipalIsAWSService": "true",
        "aws:SourceAccount": account,
        "aws:SourceArn": source,
    }
    request = Request(action=action, resource=f"{bucket}-bucket-arn{place}", service=service, context=context)
    return decide(document(_store().named(f"{bucket}-policy").inputs["policy"]), request)


_TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/dify-prod"
_FLOWS = f"arn:aws:logs:{REGION}:{ACCOUNT}:delivery-source:1"
_VIEWS = f"arn:aws:logs:us-east-1:{ACCOUNT}:delivery-source:cloudfront"


@pytest.mark.parametrize(
    ("bucket", "service", "key", "source"),
    [
        ("audit-logs", "logging.s3.amazonaws.com", "s3/storage-files/1", "arn:aws:s3:::files"),
        (
            "audit-logs",
            "logdelivery.elasticloadbalancing.amazonaws.com",
            f"load-balancer/AWSLogs/{ACCOUNT}/elasticloadbalancing/1",
            f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/edge/1",
        ),
        (
            "audit-logs",
            "logdelivery.elasticloadbalancing.amazonaws.com",
            f"{CONNECTION_LOG_PREFIX}/AWSLogs/{ACCOUNT}/elasticloadbalancing/1",
            f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/edge/1",
        ),
        ("audit-logs", "config.amazonaws.com", f"config/AWSLogs/{ACCOUNT}/Config/1", ""),
        ("audit-logs", "config.amazonaws.com", "", ""),
        ("audit-records", "cloudtrail.amazonaws.com", f"trail/AWSLogs/{ACCOUNT}/CloudTrail/1", _TRAIL),
        ("audit-records", "cloudtrail.amazonaws.com", f"trail/AWSLogs/{ACCOUNT}/CloudTrail-Digest/1", _TRAIL),
        ("audit-records", "cloudtrail.amazonaws.com", "", _TRAIL),
        ("audit-records", "delivery.logs.amazonaws.com", f"flow-logs/AWSLogs/{ACCOUNT}/1", _FLOWS),
        ("audit-records", "delivery.logs.amazonaws.com", "", _FLOWS),
        ("audit-records", "delivery.logs.amazonaws.com", f"cloudfront/AWSLogs/{ACCOUNT}/1", _VIEWS),
    ],
)
def test_every_service_that_delivers_records_is_admitted(bucket: str, service: str, key: str, source: str) -> None:
    assert _decision(bucket, service, key, source) is Decision.ALLOWED


@pytest.mark.parametrize(
    ("bucket", "service", "key", "source", "account"),
    [
        ("audit-records", "cloudtrail.amazonaws.com", "trail/1", _TRAIL.replace(ACCOUNT, _STRANGER), _STRANGER),
        ("audit-records", "cloudtrail.amazonaws.com", "trail/1", _TRAIL.replace("dify-prod", "other"), ACCOUNT),
        ("audit-records", "cloudtrail.amazonaws.com", "flow-logs/1", _TRAIL, ACCOUNT),
        ("audit-records", "delivery.logs.amazonaws.com", "trail/1", _FLOWS, ACCOUNT),
        ("audit-records", "delivery.logs.amazonaws.com", "flow-logs/1", _FLOWS.replace(ACCOUNT, _STRANGER), _STRANGER),
        ("audit-records", "logging.s3.amazonaws.com", "s3/1", "", ACCOUNT),
        ("audit-logs", "logging.s3.amazonaws.com", "s3/1", "", _STRANGER),
        ("audit-logs", "config.amazonaws.com", "config/1", "", _STRANGER),
    ],
)
def test_no_service_writes_for_another_account_or_into_the_folder_of_another(
    bucket: str, service: str, key: str, source: str, account: str
) -> None:
    assert _decision(bucket, service, key, source, account) is Decision.SILENT


@pytest.mark.parametrize(
    ("lock", "rule"),
    [
        (Lock.COMPLIANCE, {"mode": "COMPLIANCE", "days": 500}),
        (Lock.GOVERNANCE, {"mode": "GOVERNANCE", "days": 500}),
    ],
)
def test_records_are_locked_for_the_days_of_the_settings(lock: Lock, rule: dict[str, object]) -> None:
    graph = _store(lock)
    assert graph.named("audit-records-lock").inputs["rule"] == {"defaultRetention": rule}
    assert graph.named("audit-records-bucket").inputs["objectLockEnabled"] is True


def test_who_writes_records_waits_until_the_bucket_is_locked() -> None:
    def build() -> None:
        store = AuditStore("audit", AuditStoreArgs(site=site(), key_arn="key-audit", choices=Audit(), logs=Storage()))
        s3.BucketLogging("writer", bucket=store.audit_bucket, target_bucket=store.logs_bucket, target_prefix="x")

    graph = record(build)
    waits = graph.named("writer").property_dependencies
    assert graph.named("audit-records-lock").urn in waits["bucket"]
    assert graph.named("audit-logs-policy").urn in waits["targetBucket"]


def test_a_lock_that_is_off_leaves_no_trace() -> None:
    graph = _store(Lock.OFF)
    assert not graph.of(":BucketObjectLockConfiguration")
    assert "objectLockEnabled" not in graph.named("audit-records-bucket").inputs


def test_access_logs_are_never_locked_because_s3_and_config_deliver_to_no_locked_bucket() -> None:
    assert [lock.name for lock in _store().of(":BucketObjectLockConfiguration")] == ["audit-records-lock"]
    assert "objectLockEnabled" not in _store().named("audit-logs-bucket").inputs


def test_records_are_encrypted_with_the_key_of_the_audit_and_access_logs_with_amazons() -> None:
    (records,) = _store().named("audit-records-encryption").inputs["rules"]
    (logs,) = _store().named("audit-logs-encryption").inputs["rules"]
    applied = records["applyServerSideEncryptionByDefault"]
    assert applied == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "key-audit"}
    assert logs["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_access_to_records_is_logged_in_the_log_bucket_and_access_to_that_one_nowhere() -> None:
    (logging,) = _store().of(":BucketLogging")
    assert (logging.name, logging.inputs["targetBucket"]) == ("audit-records-logging", "audit-logs-bucket-bucket")


def test_records_expire_after_their_lock_and_access_logs_as_the_storage_settings_say() -> None:
    (records,) = _store().named("audit-records-lifecycle").inputs["rules"]
    (logs,) = _store().named("audit-logs-lifecycle").inputs["rules"]
    assert (records["expiration"], logs["expiration"]) == ({"days": 600}, {"days": 400})
    assert "transitions" not in records


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_both_buckets_are_emptied_on_destroy_exactly_where_the_stack_is_disposable(lifecycle: Lifecycle) -> None:
    buckets = _store(Lock.GOVERNANCE, lifecycle).of("s3/bucket:Bucket")
    retains = lifecycle is Lifecycle.RETAIN
    assert [(one.protect, one.inputs["forceDestroy"]) for one in buckets] == [(retains, not retains)] * 2


@pytest.mark.parametrize("bucket", _BUCKETS)
def test_both_buckets_are_private_in_all_four_ways(bucket: str) -> None:
    private = _store().named(f"{bucket}-private").inputs
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(private[flag] is True for flag in flags)


def test_the_bucket_admits_the_trail_by_the_name_that_it_will_have() -> None:
    assert trail_arn(site()) == _TRAIL
