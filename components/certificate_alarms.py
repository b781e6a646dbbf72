"""What rings before a certificate expires."""

from collections.abc import Mapping

import pulumi

from components.alarms import Alarm, Metric

LEAST_DAYS = 30
"""ACM renews 60 days before the end and tries on (ACM User Guide, "Managed certificate renewal"): with a month left,
renewal has failed for a month, or the certificate was imported and waits for a person."""

_DAY_SECONDS = 86_400


def certificate_alarms(arns: Mapping[str, pulumi.Input[str]]) -> list[Alarm]:
    """One alarm per certificate, by a short name; all of them in one region, whose topic they reach.

    ACM sends the metric twice a day until the certificate expires (ACM User Guide, "Supported CloudWatch metrics").
    Silence is a certificate of today, which is new, or one that this alarm has rung about for a month.
    """
    return [
        Alarm(
            name=f"{name}-expiry",
            why=f"The {name} certificate expires in less than {LEAST_DAYS} days and was not renewed",
            metrics={
                "days": Metric(
                    namespace="AWS/CertificateManager",
                    name="DaysToExpiry",
                    statistic="Minimum",
                    dimensions={"CertificateArn": arn},
                )
            },
            threshold=LEAST_DAYS,
            below=True,
            period_seconds=_DAY_SECONDS,
            datapoints=1,
            missing="notBreaching",
        )
        for name, arn in arns.items()
    ]
