"""What rings about certificates and CloudFront."""

import pytest

from components.certificate_alarms import certificate_alarms
from components.content_delivery_alarms import content_delivery_alarms
from tests.components.component_graphs import settings

_ARNS = {"load-balancer": "arn-one", "cloudfront": "arn-two"}


def test_every_certificate_has_an_alarm_of_its_own() -> None:
    alarms = certificate_alarms(_ARNS)
    assert [alarm.name for alarm in alarms] == ["load-balancer-expiry", "cloudfront-expiry"]
    assert [alarm.metrics["days"].dimensions for alarm in alarms] == [
        {"CertificateArn": "arn-one"},
        {"CertificateArn": "arn-two"},
    ]


def test_it_rings_a_month_before_the_end() -> None:
    (alarm, _) = certificate_alarms(_ARNS)
    metric = alarm.metrics["days"]
    assert (metric.namespace, metric.name, metric.statistic) == (
        "AWS/CertificateManager",
        "DaysToExpiry",
        "Minimum",
    )
    assert (alarm.below, alarm.threshold, alarm.datapoints) == (True, 30, 1)


def test_it_waits_a_day_for_a_metric_that_comes_twice_a_day_and_not_at_once() -> None:
    (alarm, _) = certificate_alarms(_ARNS)
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
