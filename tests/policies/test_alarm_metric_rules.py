"""The rules about what alarms look at and from when on they ring, on hand-made ones."""

import json
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.guardrails import tokens as t
from tests.policies.graph_adapter import Declared, Verdict
from tests.policies.hand_made_alarms import CPU, alarm, said, verdict

KNOWN = "must-watch-a-known-metric"


@pytest.mark.parametrize(
    ("namespace", "name", "dimensions"),
    [
        ("AWS/RDS", "CPUUtilization", ["DBInstanceIdentifier"]),
        ("AWS/RDS", "DatabaseConnectionsBorrowLatency", ["ProxyName"]),
        ("AWS/RDS", "AvailabilityPercentage", ["TargetRole", "ProxyName", "TargetGroup"]),
        ("AWS/WAFV2", "BlockedRequests", ["Rule", "WebACL"]),
        ("AWS/WAFV2", "BlockedRequests", ["Region", "Rule", "WebACL"]),
        ("AWS/CloudFront", "5xxErrorRate", ["DistributionId", "Region"]),
        ("AWS/Lambda", "Errors", []),
    ],
)
def test_what_aws_sends_is_known_in_whatever_order_its_dimensions_are(
    namespace: str, name: str, dimensions: list[str]
) -> None:
    metric = {**CPU, "namespace": namespace, "metricName": name, "dimensions": dict.fromkeys(dimensions, "x")}
    assert said(KNOWN, alarm(metric)) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"metricName": "CpuUtilization"}, "watches CpuUtilization, which AWS/RDS does not have"),
        ({"namespace": "AWS/Rds"}, "watches AWS/Rds, which nothing in this stack publishes"),
        ({"dimensions": {}}, "under no dimension, under which there is none"),
        ({"dimensions": {"ProxyName": "p"}}, "under ProxyName, under which there is none"),
        (
            {
                "metricName": "DatabaseConnectionsBorrowLatency",
                "dimensions": {"ProxyName": "p", "TargetGroup": "default", "TargetRole": "READ_WRITE"},
            },
            "under ProxyName and TargetGroup and TargetRole, under which there is none",
        ),
    ],
)
def test_what_aws_does_not_send_is_found_beside_what_it_does(changes: dict[str, Any], why: str) -> None:
    (message,) = said(KNOWN, alarm(CPU, {**CPU, **changes}))
    assert message.endswith(why)


def test_an_alarm_in_the_plain_form_is_read_too() -> None:
    plain = {
        "namespace": "AWS/RDS",
        "metricName": "CPU",
        "statistic": "Average",
        "period": 60,
        "dimensions": {"a": "b"},
    }
    assert said(KNOWN, Declared(type=t.ALARM, name="plain", props=plain)) == [
        "plain: watches CPU, which AWS/RDS does not have"
    ]


def test_an_alarm_on_nothing_is_found() -> None:
    assert said(KNOWN, alarm(metricQueries=[{"id": "e", "expression": "1 + 1"}])) == ["alarm: watches no metric"]


def test_a_dimension_of_unknown_value_is_known_and_dimensions_that_are_unknown_are_not() -> None:
    value = alarm({**CPU, "dimensions": {"DBInstanceIdentifier": UNKNOWN_STRING_VALUE}})
    assert verdict(KNOWN, value) == Verdict([], set(), set())
    whole = verdict(KNOWN, alarm({**CPU, "dimensions": UNKNOWN_STRING_VALUE}))
    assert (whole.violations, len(whole.undecided)) == ([], 1)


OWN = {**CPU, "namespace": "Dify/Own", "metricName": "Waiting", "dimensions": {"Stack": "prod"}}


def publisher(condition: dict[str, Any] | None, *, runs: bool = True, policy: Any = None) -> list[Declared]:
    """A role that may publish, and the function that has it where `runs`."""
    role = Declared(type=t.ROLE, name="role")
    statement = {"Effect": "Allow", "Action": ["cloudwatch:PutMetricData"], "Resource": "*"}
    document = policy or json.dumps({"Statement": [{**statement, **({"Condition": condition} if condition else {})}]})
    allowed = Declared(type=t.ROLE_POLICY, name="may", props={"policy": document}, links={"role": [role.urn]})
    function = Declared(type=t.FUNCTION, name="function", links={"role": [role.urn]})
    return [role, allowed, *([function] if runs else [])]


def within(*namespaces: str) -> dict[str, Any]:
    return {"StringEquals": {"cloudwatch:namespace": namespaces[0] if len(namespaces) == 1 else list(namespaces)}}


@pytest.mark.parametrize("condition", [within("Dify/Own"), within("Dify/Other", "Dify/Own")])
def test_what_a_function_of_the_stack_may_publish_is_known(condition: dict[str, Any]) -> None:
    assert said(KNOWN, alarm(OWN), *publisher(condition)) == []


@pytest.mark.parametrize(
    "others",
    [
        publisher(within("Dify/Other")),
        publisher(None),
        publisher(within("Dify/Own"), runs=False),
        [],
    ],
    ids=["elsewhere", "anywhere", "no function", "nobody"],
)
def test_what_no_function_is_bound_to_publish_is_not_known(others: list[Declared]) -> None:
    assert said(KNOWN, alarm(OWN), *others) == ["alarm: watches Dify/Own, which nothing in this stack publishes"]


def test_a_permission_that_is_known_late_puts_the_decision_off_without_noise() -> None:
    found = verdict(KNOWN, alarm(OWN), *publisher(None, policy=UNKNOWN_STRING_VALUE))
    assert (found.violations, found.undecided, len(found.not_applicable)) == ([], set(), 1)


@pytest.mark.parametrize(("counted", "passes"), [({"Stack": "$.stack"}, True), ({}, False), ({"App": "$.app"}, False)])
def test_what_a_filter_counts_is_known_under_its_dimensions_only(counted: dict[str, str], *, passes: bool) -> None:
    transformation = {"namespace": "Dify/Own", "name": "Waiting", "value": "1", "dimensions": counted}
    one = Declared(type=t.METRIC_FILTER, name="filter", props={"metricTransformation": transformation})
    assert (said(KNOWN, alarm(OWN), one) == []) is passes


@pytest.mark.parametrize(
    ("name", "statistic", "fits"),
    [
        ("CPUUtilization", "Average", True),
        ("CPUUtilization", "p95", True),
        ("CPUUtilization", "p99.9", True),
        ("CPUUtilization", "p950", False),
        ("CPUUtilization", "Sum", False),
        ("CPUUtilization", "SampleCount", True),
        ("CPUUtilization", "average", False),
        ("CPUUtilization", None, False),
        ("NoSuchMetric", "Sum", True),
    ],
)
def test_the_statistic_is_one_that_says_something(name: str, statistic: str | None, *, fits: bool) -> None:
    watching = alarm({**CPU, "metricName": name, "stat": statistic})
    assert (said("must-use-a-fitting-statistic", watching) == []) is fits


@pytest.mark.parametrize(
    ("namespace", "name", "dimension", "period", "fits"),
    [
        ("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", 60, True),
        ("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", 300, True),
        ("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", 90, False),
        ("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", 30, False),
        ("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", None, False),
        ("AWS/RDS", "EBSIOBalance%", "DBInstanceIdentifier", 60, False),
        ("AWS/RDS", "EBSIOBalance%", "DBInstanceIdentifier", 300, True),
        ("AWS/CertificateManager", "DaysToExpiry", "CertificateArn", 3600, False),
        ("AWS/CertificateManager", "DaysToExpiry", "CertificateArn", 86400, True),
        ("Dify/Own", "Waiting", "Stack", 60, True),
        ("Dify/Own", "Waiting", "Stack", 10, False),
    ],
)
def test_a_period_holds_a_value(namespace: str, name: str, dimension: str, period: int | None, *, fits: bool) -> None:
    metric = {"namespace": namespace, "metricName": name, "dimensions": {dimension: "x"}, "period": period}
    assert (said("period-must-fit-the-metric", alarm({**CPU, **metric})) == []) is fits


REACHABLE = "threshold-must-be-reachable"


@pytest.mark.parametrize(
    ("comparison", "threshold", "why"),
    [
        ("GreaterThanThreshold", 80, None),
        ("GreaterThanThreshold", 0, None),
        ("GreaterThanThreshold", 100, "can never ring"),
        ("GreaterThanThreshold", 850, "can never ring"),
        ("GreaterThanThreshold", -1, "always rings"),
        ("GreaterThanOrEqualToThreshold", 100, None),
        ("GreaterThanOrEqualToThreshold", 101, "can never ring"),
        ("GreaterThanOrEqualToThreshold", 0, "always rings"),
        ("LessThanThreshold", 100, None),
        ("LessThanThreshold", 0, "can never ring"),
        ("LessThanThreshold", 101, "always rings"),
        ("LessThanOrEqualToThreshold", 0, None),
        ("LessThanOrEqualToThreshold", -1, "can never ring"),
        ("LessThanOrEqualToThreshold", 100, "always rings"),
        ("EqualToThreshold", 50, "compares its metric with nothing"),
        ("GreaterThanThreshold", None, "compares its metric with nothing"),
    ],
)
def test_a_threshold_lies_within_what_the_metric_can_be(
    comparison: str, threshold: float | None, why: str | None
) -> None:
    found = said(REACHABLE, alarm(comparisonOperator=comparison, threshold=threshold))
    assert len(found) == (why is not None)
    assert all(str(why) in message for message in found)


def test_a_count_of_values_and_a_sum_have_no_end() -> None:
    heard = {**CPU, "stat": "SampleCount"}
    assert said(REACHABLE, alarm(heard, threshold=1, comparisonOperator="LessThanThreshold")) == []
    assert said(REACHABLE, alarm(heard, threshold=500)) == []
    managed = {"namespace": "AWS/ElastiCache", "metricName": "TrafficManagementActive", "stat": "Sum"}
    active = {**CPU, **managed, "dimensions": {"CacheClusterId": "dify-001"}}
    assert said(REACHABLE, alarm(active, threshold=5)) == []
    assert len(said(REACHABLE, alarm({**active, "stat": "Maximum"}, threshold=5))) == 1
    assert len(said(REACHABLE, alarm(active, threshold=0, comparisonOperator="LessThanThreshold"))) == 1


def test_what_is_made_of_metrics_or_expected_of_one_has_no_bounds_here() -> None:
    band = alarm(threshold=None, thresholdMetricId="band", comparisonOperator="GreaterThanUpperThreshold")
    assert said(REACHABLE, band) == []
    share = alarm(CPU, CPU, threshold=1000)
    share.props["metricQueries"].append({"id": "result", "expression": "m0 * m1"})
    assert said(REACHABLE, share) == []
    assert said(REACHABLE, alarm(OWN, threshold=1000)) == []
