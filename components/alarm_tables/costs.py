"""What rings when something begins to cost more than it did, hours before it stands in a bill."""

from components.alarms import Alarm, Band
from components.metric import Metric
from settings.severity import Severity

_WRITTEN_BYTES = 1_000_000_000
"""A gigabyte of logs an hour costs about half a dollar: less than this is never news (Amazon CloudWatch pricing)."""


def cost_alarms() -> list[Alarm]:
    """Logs of the whole account in this region, whoever writes them: one log group in an endless loop of errors costs
    more than all others."""
    written = Metric(namespace="AWS/Logs", name="IncomingBytes", statistic="Sum", dimensions={})
    return [
        Alarm(
            name="logs-unusual",
            why="More is written to logs than is usual at this hour, and logs are billed by what is written",
            runbook="costs#logs-unusual",
            severity=Severity.TICKET,
            metrics={"written": written},
            expression=f"IF(written > {_WRITTEN_BYTES}, written, 0)",
            threshold=Band(width=4),
            silence="Where nothing is written, nothing is billed",
            patience="Three hours: a deployment and a nightly job are over by then",
            period_seconds=3600,
            datapoints=3,
        )
    ]
