"""What rings before a certificate expires."""

from collections.abc import Mapping

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from settings.severity import Severity

LEAST_DAYS = 30
"""ACM renews 60 days before the end and tries on (ACM User Guide, "Managed certificate renewal"): with a month left,
renewal has failed for a month, or the certificate was imported and waits for a person."""

LAST_DAYS = 7
"""A certificate of ACM's own takes up to three days to be validated again, and a week holds a week-end."""

_DAY_SECONDS = 86_400


def certificate_alarms(arns: Mapping[str, pulumi.Input[str]]) -> list[Alarm]:
    """Two alarms per certificate, by a short name; all of them in one region, whose topic they reach.

    ACM sends the metric twice a day until the certificate expires (ACM User Guide, "Supported CloudWatch metrics").
    Silence is a certificate of today, which is new, or one that these alarms have rung about for a month.
    """
    return [
        Alarm(
            name=f"{name}-{stage}",
            why=f"The {name} certificate expires in less than {days} days and was not renewed",
            runbook="edge#certificate-expires",
            severity=severity,
            metrics={
                "days": Metric(
                    namespace="AWS/CertificateManager",
                    name="DaysToExpiry",
                    statistic="Minimum",
                    dimensions={"CertificateArn": arn},
                )
            },
            threshold=days,
            below=True,
            period_seconds=_DAY_SECONDS,
            datapoints=1,
            patience="One day's figure: it only falls until the certificate is renewed",
            silence="A new certificate has no figure yet, an expired one has none any more",
        )
        for name, arn in arns.items()
        for stage, days, severity in (
            ("expiry", LEAST_DAYS, Severity.TICKET),
            ("expires-soon", LAST_DAYS, Severity.PAGE),
        )
    ]
