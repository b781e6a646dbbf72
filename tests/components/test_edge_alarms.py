"""What rings about certificates and CloudFront."""

import pytest

from components.alarm_tables.certificates import certificate_alarms
from components.alarm_tables.content_delivery import content_delivery_alarms
from settings.severity import Severity
from tests.components.component_graphs import settings

_ARNS = {"load-balancer": "arn-one", "cloudfront": "arn-two"}


def test_every_certificate_has_alarms_of_its_own() -> None:
    watched = {alarm.name: alarm.metrics["days"].dimensions["CertificateArn"] for alarm in certificate_alarms(_ARNS)}
    assert watched == {
        "load-balancer-expiry": "arn-one",
        "load-balancer-expires-soon": "arn-one",
        "cloudfront-expiry": "arn-two",
        "cloudfront-expires-soon": "arn-two",
    }


@pytest.mark.parametrize(("number", "days", "severity"), [(0, 30, Severity.TICKET), (1, 7, Severity.PAGE)])
def test_a_month_before_the_end_it_can_wait_and_a_week_before_it_cannot(
    number: int, days: int, severity: Severity
) -> None:
    alarm = certificate_alarms(_ARNS)[number]
    metric = alarm.metrics["days"]
    assert (metric.namespace, metric.name, metric.statistic) == (
        "AWS/CertificateManager",
        "DaysToExpiry",
        "Minimum",
    )
    assert (alarm.below, alarm.threshold, alarm.datapoints, alarm.severity) == (True, days, 1, severity)


def test_it_waits_a_day_for_a_metric_that_comes_twice_a_day_and_not_at_once() -> None:
    for alarm in certificate_alarms(_ARNS):
        assert (alarm.period_seconds, alarm.missing) == (24 * 60 * 60, "notBreaching")


@pytest.mark.parametrize("stack", ["prod", "dev"])
def test_cloudfront_rings_at_the_share_of_errors_that_the_stack_chose(stack: str) -> None:
    limits = settings(stack).alarms
    (alarm,) = content_delivery_alarms(limits, "E123")
    metric = alarm.metrics["errors"]
    assert (metric.namespace, metric.name) == ("AWS/CloudFront", "5xxErrorRate")
    assert metric.dimensions == {"DistributionId": "E123", "Region": "Global"}
    assert alarm.threshold == limits.error_percent
    assert not alarm.below
