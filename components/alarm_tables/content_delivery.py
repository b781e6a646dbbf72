"""What rings about CloudFront."""

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from settings.alarms import Alarms as Limits
from settings.severity import Severity


def content_delivery_alarms(limits: Limits, distribution_id: pulumi.Input[str]) -> list[Alarm]:
    """Errors that users see: the load balancer's own and those of the way to it.

    CloudFront's metrics exist in us-east-1 only (CloudFront Developer Guide, "View metrics"), and an alarm acts on
    topics of its own region: these alarms and their topic belong there.
    """
    return [
        Alarm(
            name="errors",
            why=f"More than {limits.error_percent:g} % of what CloudFront answers are server errors",
            runbook="edge#cloudfront-errors",
            severity=Severity.PAGE,
            metrics={
                "errors": Metric(
                    namespace="AWS/CloudFront",
                    name="5xxErrorRate",
                    statistic="Average",
                    dimensions={"DistributionId": distribution_id, "Region": "Global"},
                )
            },
            threshold=limits.error_percent,
            silence="Nobody asks anything at night: no request is no error",
        )
    ]
