"""The audit trail: complete, locked, and searched for what should not happen."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .graph import Graph, once_per_graph, single
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .storage import receives_logs
from .tokens import ALARM, BUCKET, BUCKET_LOCK, KEY, LOG_GROUP, METRIC_FILTER, TRAIL, VPC
from .values import UndecidedError, is_true, items, look, number

LOCK_DAYS = 365
LOCKS = ("COMPLIANCE", "GOVERNANCE")

SEARCHED_FOR = {
    "refused calls (CIS 4.1)": ("UnauthorizedOperation", "AccessDenied"),
    "sign-ins without a second factor (CIS 4.2)": ("MFAUsed",),
    "the root user (CIS 4.3)": ('"Root"',),
    "permissions (CIS 4.4)": ("PutRolePolicy", "CreatePolicyVersion", "AttachRolePolicy"),
    "the trail (CIS 4.5)": ("StopLogging", "DeleteTrail"),
    "failed sign-ins (CIS 4.6)": ("Failed authentication",),
    "keys (CIS 4.7)": ("DisableKey", "ScheduleKeyDeletion"),
    "bucket policies (CIS 4.8)": ("PutBucketPolicy", "DeleteBucketPolicy"),
    "AWS Config (CIS 4.9)": ("StopConfigurationRecorder",),
    "security groups (CIS 4.10)": ("AuthorizeSecurityGroupIngress",),
    "network ACLs (CIS 4.11)": ("CreateNetworkAclEntry",),
    "gateways (CIS 4.12)": ("AttachInternetGateway",),
    "routes (CIS 4.13)": ("CreateRoute", "ReplaceRoute"),
    "VPCs (CIS 4.14)": ("CreateVpcPeeringConnection",),
    "the organisation (CIS 4.15)": ("organizations.amazonaws.com",),
    "refused objects": ("s3.amazonaws.com", '"Data"', "AccessDenied"),
    "secrets that are read": ("GetSecretValue",),
    "shells in tasks": ("ExecuteCommand",),
}
"""What filters must find, and the terms without which a pattern cannot find it."""


def is_locked(bucket: Resource, graph: Graph) -> bool:
    """Whether nobody can delete what is in the bucket, so that it needs no copy elsewhere."""
    return bool(graph.pointing_at(bucket, "bucket", BUCKET_LOCK))


@rule(
    "cloudtrail-trail-must-exist",
    VPC,
    severity=Severity.HIGH,
    description="Production is recorded by a trail.",
    remediation="Leave audit.trail on; where a trail of the organisation records the account, exempt the VPC.",
    references=References(fsbp="CloudTrail.1", cis="3.1", checkov="CKV_AWS_67"),
    production_only=True,
)
def trail_exists(_: Resource, graph: Graph) -> Iterator[Finding]:
    if not graph.of(TRAIL):
        yield "nothing in this stack records what is done"


@rule(
    "cloudtrail-trail-must-record-every-region",
    TRAIL,
    severity=Severity.HIGH,
    description="The trail is on, and records every region and what belongs to none.",
    remediation="Set isMultiRegionTrail true; leave enableLogging and includeGlobalServiceEvents on.",
    references=References(fsbp="CloudTrail.1", cis="3.1", checkov="CKV_AWS_67, CKV_AWS_251"),
    remedy=(
        Setting(path="isMultiRegionTrail"),
        Setting(path="enableLogging"),
        Setting(path="includeGlobalServiceEvents"),
    ),
)
def every_region(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "isMultiRegionTrail", is_true, "records one region only")
    yield from expect(resource, "enableLogging", lambda value: value is not False, "is switched off")
    yield from expect(
        resource, "includeGlobalServiceEvents", lambda value: value is not False, "leaves out IAM and other global ones"
    )


@rule(
    "cloudtrail-trail-must-use-own-key",
    TRAIL,
    severity=Severity.MEDIUM,
    description="Records are encrypted with a key of this stack.",
    remediation="Set kmsKeyId to a key whose policy admits cloudtrail.amazonaws.com.",
    references=References(fsbp="CloudTrail.2", cis="3.5", checkov="CKV_AWS_35"),
)
def trail_own_key(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not resource.has("kmsKeyId") or not graph.linked(resource, "kmsKeyId", KEY):
        yield "is encrypted with no key of this stack"


@rule(
    "cloudtrail-trail-must-validate-its-files",
    TRAIL,
    severity=Severity.MEDIUM,
    description="A record that was changed or removed is noticed.",
    remediation="Set enableLogFileValidation true.",
    references=References(fsbp="CloudTrail.4", cis="3.2", checkov="CKV_AWS_36"),
    remedy=(Setting(path="enableLogFileValidation"),),
)
def validates_files(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "enableLogFileValidation", is_true, "does not sign its files")


@rule(
    "cloudtrail-trail-must-feed-cloudwatch",
    TRAIL,
    severity=Severity.MEDIUM,
    description="Records reach a log group within minutes, where filters can search them.",
    remediation="Set cloudWatchLogsGroupArn to the ARN of a log group of this stack with :* at its end, and the role.",
    references=References(fsbp="CloudTrail.5", checkov="CKV2_AWS_10"),
)
def feeds_cloudwatch(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not graph.linked(resource, "cloudWatchLogsGroupArn", LOG_GROUP):
        yield "feeds no log group of this stack"
    if not resource.has("cloudWatchLogsRoleArn"):
        yield "has no role to write to a log group"


@rule(
    "cloudtrail-trail-must-keep-locked-records",
    TRAIL,
    severity=Severity.HIGH,
    description="Nobody can delete what the trail recorded within a year.",
    remediation="Give its bucket a BucketObjectLockConfiguration with a defaultRetention of 365 days or more.",
    references=References(fsbp="S3.15, CloudTrail.6, CloudTrail.7", checkov="CKV_AWS_143"),
    production_only=True,
)
def locked_records(resource: Resource, graph: Graph) -> Iterator[Finding]:
    bucket = single(graph.linked(resource, "s3BucketName", BUCKET))
    if bucket is None:
        yield "writes to no bucket of this stack"
        return
    lock = single(graph.pointing_at(bucket, "bucket", BUCKET_LOCK))
    if lock is None:
        yield f"writes to {bucket.name}, which has no lock"
        return
    retention = "rule.defaultRetention"
    yield from expect(lock, f"{retention}.mode", lambda mode: mode in LOCKS, f"the lock of {bucket.name} has no mode")
    yield from expect(
        lock,
        f"{retention}.days",
        lambda days: number(days) >= LOCK_DAYS,
        f"the lock of {bucket.name} is for fewer than {LOCK_DAYS} days",
    )


@rule(
    "cloudtrail-trail-must-record-objects",
    TRAIL,
    severity=Severity.MEDIUM,
    description="Every read and write of an object is recorded, of each bucket that does not receive logs.",
    remediation="Name the bucket's ARN in an advanced event selector of AWS::S3::Object, without readOnly.",
    references=References(cis="3.8, 3.9", practice="SEC04-BP01"),
    url="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
)
def records_objects(resource: Resource, graph: Graph) -> Iterator[Finding]:
    selectors = resource.entries("advancedEventSelectors")
    if not any(_is_management(selector) for selector in selectors):
        yield "records no management events"
    if not any(_is_of_objects(selector) for selector in selectors):
        yield "records no reads and writes of objects"
    recorded = {bucket.urn for bucket in graph.linked(resource, "advancedEventSelectors", BUCKET)}
    written = {bucket.urn for bucket in graph.linked(resource, "s3BucketName", BUCKET)}
    for bucket in graph.of(BUCKET):
        if bucket.urn in written:
            if bucket.urn in recorded:
                yield f"records its own writes to {bucket.name}, each of which makes another"
        elif bucket.urn not in recorded and not receives_logs(bucket, graph):
            yield f"does not record the objects of {bucket.name}"


def _is_management(selector: Any) -> bool:
    return _fields(selector).get("eventCategory") == ["Management"] and "readOnly" not in _fields(selector)


def _is_of_objects(selector: Any) -> bool:
    fields = _fields(selector)
    return fields.get("resources.type") == ["AWS::S3::Object"] and "readOnly" not in fields


def _fields(selector: Any) -> dict[str, list[Any]]:
    return {
        str(look(field, "field")): items(look(field, "equals")) for field in items(look(selector, "fieldSelectors"))
    }


@rule(
    "cloudtrail-trail-must-be-searched",
    TRAIL,
    severity=Severity.MEDIUM,
    description="The trail's log group is searched for each event of the CIS benchmark and for access to data.",
    remediation="Add a LogMetricFilter on the trail's log group whose pattern finds it.",
    references=References(fsbp="CloudWatch.1", cis="4.1-4.15"),
)
def is_searched(resource: Resource, graph: Graph) -> Iterator[Finding]:
    groups = graph.linked(resource, "cloudWatchLogsGroupArn", LOG_GROUP)
    filters = [one for group in groups for one in graph.pointing_at(group, "logGroupName", METRIC_FILTER)]
    patterns = [str(one.get("pattern")) for one in filters]
    for what, terms in SEARCHED_FOR.items():
        if not any(all(term in pattern for term in terms) for pattern in patterns):
            yield f"is not searched for {what}"


@rule(
    "logs-metric-filter-must-ring",
    METRIC_FILTER,
    severity=Severity.MEDIUM,
    description="What a filter finds in the trail rings an alarm.",
    remediation="Add a MetricAlarm on the namespace and name of the filter's metric.",
    references=References(fsbp="CloudWatch.1", cis="4.1-4.15"),
)
def rings(resource: Resource, graph: Graph) -> Iterator[Finding]:
    groups = graph.linked(resource, "logGroupName", LOG_GROUP)
    if groups and not any(graph.pointing_at(group, "cloudWatchLogsGroupArn", TRAIL) for group in groups):
        return
    counted = resource.get("metricTransformation", "namespace"), resource.get("metricTransformation", "name")
    watched, unknown = _watched(graph)
    if None not in counted and repr(counted) in watched:
        return
    if None in counted or unknown is None:
        yield "no alarm watches what it counts"
    else:
        yield unknown


@once_per_graph
def _watched(graph: Graph) -> tuple[set[str], UndecidedError | None]:
    """The pairs of namespace and name that alarms watch, up to the first alarm that cannot be read yet. As text: what
    is malformed may be a list."""
    found: set[str] = set()
    try:
        for alarm in graph.of(ALARM):
            queries = [look(query, "metric") for query in alarm.entries("metricQueries")]
            pairs = [
                (alarm.get("namespace"), alarm.get("metricName")),
                *((look(metric, "namespace"), look(metric, "metricName")) for metric in queries),
            ]
            found.update(map(repr, pairs))
    except UndecidedError as unknown:
        return found, unknown
    return found, None
