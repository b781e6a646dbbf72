"""Cases of the rules about bucket policies, the trail and what watches the account."""

import json
from typing import Any

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, put, remove_all, rewrite, unlink
from tests.policies.graph_adapter import Declared, Stack


def files(resource: Declared) -> bool:
    """Of the buckets and what is beside them, those of users' files."""
    return "files" in resource.name


def in_files_policy(change: Change) -> Change:
    """Do to the policy of the bucket of users' files what `change` does."""

    def changed(stack: Stack, _: Declared) -> None:
        change(stack, next(one for one in stack if one.type == t.BUCKET_POLICY and files(one)))

    return changed


def without(sid: str) -> Change:
    """Take the statement of that name out of the document."""

    def edit(document: Any) -> Any:
        return {**document, "Statement": [one for one in document["Statement"] if one["Sid"] != sid]}

    return rewrite("policy", edit)


def with_further_condition(sid: str) -> Change:
    """Weaken the statement of that name to those of another country."""

    def edit(document: Any) -> Any:
        for statement in document["Statement"]:
            if statement["Sid"] == sid:
                statement["Condition"]["StringLike"] = {"aws:PrincipalTag/country": "nowhere"}
        return document

    return rewrite("policy", edit)


def deny_all(document: Any) -> Any:
    statement = {"Sid": "Nobody", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    return {**document, "Statement": [*document["Statement"], statement]}


def take(type_: str, **properties: Any) -> Change:
    """Take resources of a type out of the stack, of those with these properties."""

    def change(stack: Stack, _: Declared) -> None:
        stack[:] = [
            one
            for one in stack
            if one.type != type_ or any(one.props.get(key) != value for key, value in properties.items())
        ]

    return change


def filter_of(term: str) -> Change:
    """Take the filter whose pattern has the term out of the stack."""

    def change(stack: Stack, _: Declared) -> None:
        stack[:] = [one for one in stack if one.type != t.METRIC_FILTER or term not in one.props["pattern"]]

    return change


def in_lock(days: int) -> Change:
    def change(stack: Stack, _: Declared) -> None:
        lock = next(one for one in stack if one.type == t.BUCKET_LOCK)
        lock.props["rule"]["defaultRetention"]["days"] = days

    return change


def forget_files(stack: Stack, trail: Declared) -> None:
    """Let the trail watch all buckets but that of users' files."""
    files_bucket = next(one.urn for one in stack if one.type == t.BUCKET and files(one))
    links = trail.links["advancedEventSelectors"]
    trail.links["advancedEventSelectors"] = [urn for urn in links if urn != files_bucket]


def stop_recorder(stack: Stack, _: Declared) -> None:
    next(one for one in stack if one.type == t.RECORDER_STATUS).props["isEnabled"] = False


def tell_nobody(stack: Stack, _: Declared) -> None:
    """Send what GuardDuty finds nowhere."""
    rule = next(
        one for one in stack if one.type == t.EVENT_RULE and "aws.guardduty" in one.props.get("eventPattern", "")
    )
    stack[:] = [one for one in stack if one.type != t.EVENT_TARGET or rule.urn not in one.links.get("rule", [])]


def hear_something_else(stack: Stack, _: Declared) -> None:
    for one in stack:
        if one.type == t.EVENT_RULE:
            one.props["eventPattern"] = json.dumps({"source": ["aws.health"]})


BUCKET_POLICIES = [
    Case(
        rule="s3-bucket-must-refuse-old-tls",
        at=t.BUCKET,
        where=files,
        breaks=in_files_policy(without("ModernTls")),
        loses=in_files_policy(with_further_condition("ModernTls")),
        hides="bucket",
        set_when_unknown=True,
    ),
    Case(
        rule="s3-bucket-must-refuse-other-accounts",
        at=t.BUCKET,
        where=files,
        breaks=in_files_policy(without("OwnAccount")),
        loses=in_files_policy(with_further_condition("OwnAccount")),
        hides="bucket",
        set_when_unknown=True,
    ),
    Case(
        rule="s3-bucket-must-refuse-other-encryption",
        at=t.BUCKET,
        where=files,
        breaks=in_files_policy(without("OwnKey")),
        loses=in_files_policy(without("NoKeysOfCallers")),
        hides="bucket",
        set_when_unknown=True,
    ),
    Case(
        rule="s3-bucket-policy-must-not-lock-out",
        at=t.BUCKET_POLICY,
        breaks=rewrite("policy", deny_all),
        loses="policy",
        hides="policy",
    ),
]

TRAIL = [
    Case(
        rule="cloudtrail-trail-must-exist",
        at=t.VPC,
        breaks=remove_all(t.TRAIL),
        loses=remove_all(t.TRAIL),
        hides="cidrBlock",
        set_when_unknown=True,
    ),
    Case(
        rule="cloudtrail-trail-must-record-every-region",
        at=t.TRAIL,
        breaks=put("enableLogging", False),
        loses="isMultiRegionTrail",
        hides="isMultiRegionTrail",
    ),
    Case(
        rule="cloudtrail-trail-must-use-own-key",
        at=t.TRAIL,
        breaks=unlink("kmsKeyId"),
        loses="kmsKeyId",
        hides="kmsKeyId",
        set_when_unknown=True,
    ),
    Case(
        rule="cloudtrail-trail-must-validate-its-files",
        at=t.TRAIL,
        breaks=put("enableLogFileValidation", False),
        loses="enableLogFileValidation",
        hides="enableLogFileValidation",
    ),
    Case(
        rule="cloudtrail-trail-must-feed-cloudwatch",
        at=t.TRAIL,
        breaks=put("cloudWatchLogsRoleArn", None),
        loses="cloudWatchLogsGroupArn",
        hides="cloudWatchLogsRoleArn",
        set_when_unknown=True,
    ),
    Case(
        rule="cloudtrail-trail-must-keep-locked-records",
        at=t.TRAIL,
        breaks=in_lock(30),
        loses=remove_all(t.BUCKET_LOCK),
        hides="s3BucketName",
        set_when_unknown=True,
    ),
    Case(
        rule="cloudtrail-trail-must-record-objects",
        at=t.TRAIL,
        breaks=forget_files,
        loses="advancedEventSelectors",
        hides="advancedEventSelectors",
    ),
    Case(
        rule="cloudtrail-trail-must-be-searched",
        at=t.TRAIL,
        breaks=filter_of("ExecuteCommand"),
        also=frozenset({"cloudwatch-alarm-must-have-its-metric"}),
        loses=remove_all(t.METRIC_FILTER),
        hides="cloudWatchLogsGroupArn",
        set_when_unknown=True,
    ),
    Case(
        rule="logs-metric-filter-must-ring",
        at=t.METRIC_FILTER,
        where=lambda one: "StopLogging" in one.props["pattern"],
        also=frozenset({"cloudwatch-alarm-must-have-its-metric"}),
        breaks=put("metricTransformation.name", "else"),
        loses="metricTransformation.name",
        hides="metricTransformation.name",
    ),
]

DETECTION = [
    Case(
        rule="account-detection-must-be-complete",
        at=t.VPC,
        breaks=remove_all(t.INSPECTOR),
        loses=remove_all(t.ACCOUNT_PASSWORDS),
        hides="cidrBlock",
        set_when_unknown=True,
    ),
    Case(
        rule="account-findings-must-reach-someone",
        at=t.DETECTOR,
        breaks=tell_nobody,
        loses=hear_something_else,
        hides="enable",
        set_when_unknown=True,
    ),
    Case(
        rule="guardduty-detector-must-read-every-source",
        at=t.DETECTOR,
        breaks=take(t.DETECTOR_FEATURE, name="RDS_LOGIN_EVENTS"),
        loses=remove_all(t.DETECTOR_FEATURE),
        hides="enable",
    ),
    Case(
        rule="config-recorder-must-record-everything",
        at=t.RECORDER,
        breaks=stop_recorder,
        loses="recordingGroup",
        hides="recordingGroup.allSupported",
    ),
    Case(
        rule="securityhub-account-must-follow-standards",
        at=t.SECURITY_HUB,
        breaks=remove_all(t.SECURITY_STANDARD),
        loses=put("autoEnableControls", False),
        hides="autoEnableControls",
    ),
    Case(
        rule="accessanalyzer-analyzer-must-look-at-the-account",
        at=t.ANALYZER,
        breaks=put("type", "ACCOUNT_UNUSED_ACCESS"),
        loses="type",
        hides="type",
        safe_when_missing=True,
    ),
    Case(
        rule="inspector-account-must-scan-what-runs",
        at=t.INSPECTOR,
        breaks=put("resourceTypes", ["LAMBDA"]),
        loses="resourceTypes",
        hides="resourceTypes",
    ),
    Case(
        rule="s3-account-must-block-public-access",
        at=t.ACCOUNT_PUBLIC_ACCESS,
        breaks=put("blockPublicPolicy", False),
        loses="blockPublicAcls",
        hides="blockPublicAcls",
    ),
    Case(
        rule="ec2-account-must-encrypt-volumes",
        at=t.ACCOUNT_VOLUMES,
        breaks=put("enabled", False),
        loses="enabled",
        hides="enabled",
        safe_when_missing=True,
    ),
    Case(
        rule="iam-account-must-demand-strong-passwords",
        at=t.ACCOUNT_PASSWORDS,
        breaks=put("minimumPasswordLength", 8),
        loses="passwordReusePrevention",
        hides="minimumPasswordLength",
    ),
]

CASES = [*BUCKET_POLICIES, *TRAIL, *DETECTION]
