"""What watches the account: complete where it is on, and heard by someone."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .graph import Graph
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .storage import FLAGS
from .tokens import (
    ACCOUNT_PASSWORDS,
    ACCOUNT_PUBLIC_ACCESS,
    ACCOUNT_VOLUMES,
    ANALYZER,
    BUCKET,
    BUCKET_LOCK,
    DETECTOR,
    DETECTOR_FEATURE,
    EVENT_RULE,
    EVENT_TARGET,
    INSPECTOR,
    RECORDER,
    RECORDER_CHANNEL,
    RECORDER_STATUS,
    SECURITY_HUB,
    SECURITY_STANDARD,
    TOPIC,
    VPC,
)
from .values import is_true, items, mapping, number, parsed

FEATURES = ("S3_DATA_EVENTS", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "RUNTIME_MONITORING")
STANDARDS = ("aws-foundational-security-best-practices", "cis-aws-foundations-benchmark")
SCANNED = ("ECR", "LAMBDA")
PASSWORD_LENGTH = 14
OLD_PASSWORDS = 24

WATCHERS = {
    DETECTOR: "GuardDuty",
    RECORDER: "AWS Config",
    SECURITY_HUB: "Security Hub",
    ANALYZER: "IAM Access Analyzer",
    INSPECTOR: "Inspector",
    ACCOUNT_PUBLIC_ACCESS: "the account's block of public buckets",
    ACCOUNT_VOLUMES: "the account's encryption of volumes",
    ACCOUNT_PASSWORDS: "the account's password policy",
}
"""What must be on in an account of production."""

SOURCES = {
    DETECTOR: "aws.guardduty",
    SECURITY_HUB: "aws.securityhub",
    ANALYZER: "aws.access-analyzer",
    INSPECTOR: "aws.inspector2",
}
"""What EventBridge calls the services that find something."""


@rule(
    "account-detection-must-be-complete",
    VPC,
    severity=Severity.HIGH,
    description="Everything that watches the account is on in production.",
    remediation="Leave detection on; where the organisation does it, exempt the VPC and say so.",
    references=References(
        fsbp="GuardDuty.1, Config.1, Inspector.2, S3.1, EC2.7", cis="3.3, 4.16, 1.19, 2.1.4, 1.7, 1.8"
    ),
    production_only=True,
)
def complete(_: Resource, graph: Graph) -> Iterator[Finding]:
    for type_, name in WATCHERS.items():
        if not graph.of(type_):
            yield f"nothing in this stack switches on {name}"


@rule(
    "account-findings-must-reach-someone",
    *SOURCES,
    severity=Severity.HIGH,
    description="Grave findings reach a topic.",
    remediation="Add an EventRule on the service's source with an EventTarget that is a Topic of this stack.",
    references=References(practice="SEC04-BP04"),
    url="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html",
)
def reaches_someone(resource: Resource, graph: Graph) -> Iterator[Finding]:
    source = SOURCES[resource.type]
    for event in graph.of(EVENT_RULE):
        targets = graph.pointing_at(event, "rule", EVENT_TARGET)
        heard = any(graph.linked(target, "arn", TOPIC) for target in targets)
        if heard and source in _sources(event.get("eventPattern")) and event.get("state") != "DISABLED":
            return
    yield f"no rule sends what {source} finds to a topic"


def _sources(pattern: Any) -> list[Any]:
    return items(mapping(parsed(pattern)).get("source")) if isinstance(pattern, str) else []


@rule(
    "guardduty-detector-must-read-every-source",
    DETECTOR,
    severity=Severity.HIGH,
    description="GuardDuty is on, and reads objects, database logins, functions and what agents see.",
    remediation="Leave enable on, and add a DetectorFeature with status ENABLED for each of them.",
    references=References(
        fsbp="GuardDuty.1, GuardDuty.6, GuardDuty.9, GuardDuty.10, GuardDuty.11", checkov="CKV_AWS_238"
    ),
)
def reads_every_source(resource: Resource, graph: Graph) -> Iterator[Finding]:
    yield from expect(resource, "enable", lambda value: value is not False, "is switched off")
    features = graph.pointing_at(resource, "detectorId", DETECTOR_FEATURE)
    read = {feature.get("name") for feature in features if feature.get("status") == "ENABLED"}
    for feature in FEATURES:
        if feature not in read:
            yield f"does not read {feature}"


@rule(
    "config-recorder-must-record-everything",
    RECORDER,
    severity=Severity.MEDIUM,
    description="AWS Config is started, records every type of resource, and delivers to a bucket that it can use.",
    remediation="Set recordingGroup.allSupported and includeGlobalResourceTypes true; add a RecorderStatus with "
    "isEnabled true and a DeliveryChannel to a bucket without object lock.",
    references=References(fsbp="Config.1", cis="3.3", checkov="CKV2_AWS_45, CKV2_AWS_48"),
)
def records_everything(resource: Resource, graph: Graph) -> Iterator[Finding]:
    yield from expect(resource, "recordingGroup.allSupported", is_true, "does not record every type")
    yield from expect(resource, "recordingGroup.includeGlobalResourceTypes", is_true, "does not record global types")
    statuses = graph.pointing_at(resource, "name", RECORDER_STATUS)
    if not any(status.get("isEnabled") is True for status in statuses):
        yield "is not started"
    buckets = [one for channel in graph.of(RECORDER_CHANNEL) for one in graph.linked(channel, "s3BucketName", BUCKET)]
    if not buckets:
        yield "delivers to no bucket of this stack"
    for bucket in buckets:
        if graph.pointing_at(bucket, "bucket", BUCKET_LOCK):
            yield f"delivers to {bucket.name}, which is locked: AWS Config refuses that"


@rule(
    "securityhub-account-must-follow-standards",
    SECURITY_HUB,
    severity=Severity.MEDIUM,
    description="Security Hub checks the account against FSBP and the CIS benchmark.",
    remediation="Add a StandardsSubscription for each of them.",
    references=References(cis="4.16"),
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html",
)
def follows_standards(resource: Resource, graph: Graph) -> Iterator[Finding]:
    yield from expect(
        resource, "autoEnableControls", lambda value: value is not False, "does not take on new controls by itself"
    )
    followed = [str(one.get("standardsArn")) for one in graph.of(SECURITY_STANDARD)]
    for standard in STANDARDS:
        if not any(f"standards/{standard}/" in arn for arn in followed):
            yield f"does not follow {standard}"


@rule(
    "accessanalyzer-analyzer-must-look-at-the-account",
    ANALYZER,
    severity=Severity.MEDIUM,
    description="IAM Access Analyzer looks for what others can reach, in the account or the organisation.",
    remediation="Set type to ACCOUNT or ORGANIZATION; the other types look for unused access only.",
    references=References(cis="1.19"),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html",
)
def looks_at_account(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource, "type", lambda kind: kind in (None, "ACCOUNT", "ORGANIZATION"), "does not look for outside access"
    )


@rule(
    "inspector-account-must-scan-what-runs",
    INSPECTOR,
    severity=Severity.MEDIUM,
    description="Inspector scans images and functions.",
    remediation="Set resourceTypes to ECR and LAMBDA, or more.",
    references=References(fsbp="Inspector.2, Inspector.3"),
)
def scans(resource: Resource) -> Iterator[Finding]:
    scanned = resource.entries("resourceTypes")
    for kind in SCANNED:
        if kind not in scanned:
            yield f"does not scan {kind}"


@rule(
    "s3-account-must-block-public-access",
    ACCOUNT_PUBLIC_ACCESS,
    severity=Severity.HIGH,
    description="No bucket of the account can be public.",
    remediation="Set the four flags true.",
    references=References(fsbp="S3.1", cis="2.1.4"),
    remedy=tuple(Setting(path=flag) for flag in FLAGS),
)
def account_blocks_public_access(resource: Resource) -> Iterator[Finding]:
    for flag in FLAGS:
        yield from expect(resource, flag, is_true, f"{flag} is not true")


@rule(
    "ec2-account-must-encrypt-volumes",
    ACCOUNT_VOLUMES,
    severity=Severity.MEDIUM,
    description="New volumes of the account are encrypted.",
    remediation="Leave enabled on.",
    references=References(fsbp="EC2.7", checkov="CKV_AWS_106"),
    remedy=(Setting(path="enabled"),),
)
def account_encrypts_volumes(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "enabled", lambda value: value is not False, "is switched off")


@rule(
    "iam-account-must-demand-strong-passwords",
    ACCOUNT_PASSWORDS,
    severity=Severity.MEDIUM,
    description="Passwords of the account are long, and not used again.",
    remediation="Set minimumPasswordLength to 14 or more and passwordReusePrevention to 24.",
    references=References(fsbp="IAM.7", cis="1.7, 1.8", checkov="CKV_AWS_10, CKV_AWS_13"),
)
def demands_strong_passwords(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "minimumPasswordLength",
        lambda length: number(length) >= PASSWORD_LENGTH,
        f"takes passwords under {PASSWORD_LENGTH} characters",
    )
    yield from expect(
        resource,
        "passwordReusePrevention",
        lambda kept: number(kept) >= OLD_PASSWORDS,
        f"remembers fewer than {OLD_PASSWORDS} passwords",
    )
