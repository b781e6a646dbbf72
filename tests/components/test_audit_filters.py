"""What the filters of the trail find, as a table of events.

What this does not prove: that CloudWatch Logs reads a pattern as tests/components/filter_patterns.py does.
"""

from typing import Any

import pytest

from components.alarm_tables.audit import audit_alarms
from components.audit_filters import LONGEST_PATTERN, NAMESPACE, audit_filters
from tests.components.component_graphs import ACCOUNT, site
from tests.components.filter_patterns import finds

_FILTERS = {found.name: found for found in audit_filters(site())}


def _found(event: dict[str, Any]) -> set[str]:
    return {name for name, found in _FILTERS.items() if finds(found.pattern, event)}


def _call(service: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "userIdentity": _role(f"arn:aws:iam::{ACCOUNT}:role/administrator"),
        **more,
    }


def _role(arn: str) -> dict[str, Any]:
    return {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": arn}}}


_USER = {"type": "IAMUser", "userName": "somebody"}
_ROOT = {"type": "Root"}
_SIGN_IN = {"eventType": "AwsConsoleSignIn", "userIdentity": _USER, "responseElements": {"ConsoleLogin": "Success"}}
_OURS = _role(f"arn:aws:iam::{ACCOUNT}:role/dify-prod/api-execution-1a2b3c4")
_OTHER_STACK = _role(f"arn:aws:iam::{ACCOUNT}:role/dify-production/api-execution-1a2b3c4")
_OF_RDS = _role(f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS")


_TABLE: list[tuple[dict[str, Any], set[str]]] = [
    (_call("ec2", "RunInstances", errorCode="Client.UnauthorizedOperation"), {"calls-refused"}),
    (_call("sqs", "SendMessage", errorCode="AccessDeniedException"), {"calls-refused"}),
    (_call("sqs", "SendMessage", errorCode="ThrottlingException"), set()),
    (_call("signin", "ConsoleLogin", **_SIGN_IN, additionalEventData={"MFAUsed": "No"}), {"sign-in-without-mfa"}),
    (_call("signin", "ConsoleLogin", **_SIGN_IN, additionalEventData={"MFAUsed": "Yes"}), set()),
    (_call("signin", "ConsoleLogin", errorMessage="Failed authentication"), {"sign-in-failures"}),
    (_call("s3", "ListBuckets", userIdentity=_ROOT), {"root-use"}),
    (_call("s3", "ListBuckets", userIdentity={**_ROOT, "invokedBy": "support.amazonaws.com"}), set()),
    (_call("health", "Event", userIdentity=_ROOT, eventType="AwsServiceEvent"), set()),
    (_call("iam", "PutRolePolicy"), {"permission-changes"}),
    (_call("iam", "DeletePolicyVersion"), {"permission-changes"}),
    (_call("iam", "DetachGroupPolicy"), {"permission-changes"}),
    (_call("iam", "GetRolePolicy"), set()),
    (_call("cloudtrail", "StopLogging"), {"trail-changes"}),
    (_call("cloudtrail", "UpdateTrail"), {"trail-changes"}),
    (_call("kms", "ScheduleKeyDeletion"), {"key-disabled"}),
    (_call("kms", "DisableKey"), {"key-disabled"}),
    (_call("kms", "DisableKeyRotation"), set()),
    (_call("s3", "DeleteBucketPolicy"), {"bucket-policy-changes"}),
    (_call("s3", "PutBucketReplication"), {"bucket-policy-changes"}),
    (_call("config", "StopConfigurationRecorder"), {"config-changes"}),
    (_call("ec2", "AuthorizeSecurityGroupIngress"), {"security-group-changes"}),
    (_call("ec2", "RevokeSecurityGroupEgress"), {"security-group-changes"}),
    (_call("ec2", "ReplaceNetworkAclEntry"), {"network-acl-changes"}),
    (_call("ec2", "AttachInternetGateway"), {"gateway-changes"}),
    (_call("ec2", "CreateRoute"), {"route-changes"}),
    (_call("ec2", "DisassociateRouteTable"), {"route-changes"}),
    (_call("appsync", "CreateRoute"), set()),
    (_call("ec2", "AcceptVpcPeeringConnection"), {"vpc-changes"}),
    (_call("organizations", "LeaveOrganization"), {"organization-changes"}),
    (
        _call("s3", "GetObject", eventCategory="Data", errorCode="AccessDenied"),
        {"object-access-refused", "calls-refused"},
    ),
    (_call("s3", "GetObject", eventCategory="Data"), set()),
    (_call("ecs", "ExecuteCommand"), {"shell-opened"}),
    (_call("guardduty", "DeleteDetector"), {"detection-stopped"}),
    (_call("securityhub", "DisableSecurityHub"), {"detection-stopped"}),
    (_call("secretsmanager", "GetSecretValue"), {"secret-read-by-others"}),
    (_call("secretsmanager", "BatchGetSecretValue", userIdentity=_USER), {"secret-read-by-others"}),
    (_call("secretsmanager", "GetSecretValue", userIdentity=_ROOT), {"secret-read-by-others", "root-use"}),
    (_call("secretsmanager", "GetSecretValue", userIdentity=_OTHER_STACK), {"secret-read-by-others"}),
    (_call("secretsmanager", "GetSecretValue", userIdentity=_OURS), set()),
    (_call("secretsmanager", "GetSecretValue", userIdentity=_OF_RDS), set()),
    (_call("secretsmanager", "GetSecretValue", userIdentity={"type": "AWSService"}), set()),
    (_call("secretsmanager", "DescribeSecret"), set()),
]


def _id(value: dict[str, Any] | set[str]) -> str:
    return f"{value['eventSource']}-{value['eventName']}" if isinstance(value, dict) else ""


@pytest.mark.parametrize(("event", "found"), _TABLE, ids=_id)
def test_an_event_is_found_by_exactly_the_filters_that_mean_it(event: dict[str, Any], found: set[str]) -> None:
    assert _found(event) == found


def test_every_filter_of_the_benchmark_is_there_once() -> None:
    controls = sorted(int(one.control.partition(".")[2]) for one in _FILTERS.values() if one.control)
    assert controls == list(range(1, 16))


def test_every_filter_finds_something_in_the_table() -> None:
    assert set[str]().union(*(found for _, found in _TABLE)) == set(_FILTERS)


@pytest.mark.parametrize("name", _FILTERS)
def test_a_pattern_is_no_longer_than_cloudwatch_takes(name: str) -> None:
    assert len(_FILTERS[name].pattern) <= LONGEST_PATTERN


def test_every_filter_has_an_alarm_on_its_own_count_that_stays_silent_without_events() -> None:
    alarms = {alarm.name: alarm for alarm in audit_alarms(site())}
    assert set(alarms) == set(_FILTERS)
    for name, alarm in alarms.items():
        (metric,) = alarm.metrics.values()
        assert (metric.namespace, metric.name) == (NAMESPACE, f"dify-prod-{name}")
        assert (metric.statistic, metric.dimensions, alarm.missing) == ("Sum", {}, "notBreaching")
        assert (alarm.threshold, alarm.datapoints) == (_FILTERS[name].tolerates, 1)


def test_only_what_happens_by_mistake_may_happen_a_few_times_before_it_rings() -> None:
    tolerant = {name for name, one in _FILTERS.items() if one.tolerates}
    assert tolerant == {"calls-refused", "sign-in-failures", "object-access-refused"}
