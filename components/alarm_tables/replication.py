"""Alarms of the replication of files: what rings when a copy is missing or late."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.alarms import Alarm
from components.files_replication import MINUTES, RULE
from components.metric import Metric
from settings.severity import Severity

_NOTHING_WAITS = "S3 reports nothing while it copies nothing"


@dataclass(frozen=True, kw_only=True)
class Copied:
    """Names of a bucket and of its copy."""

    source: pulumi.Input[str]
    replica: pulumi.Input[str]


def failed_copies(buckets: Mapping[str, Copied]) -> list[Alarm]:
    """Copies that S3 gave up. S3 reports them in the region of the originals, so these alarms belong there.

    It tries no second time: such objects are found by their status FAILED and copied by S3 Batch Replication
    (Amazon S3 User Guide, "Using S3 Replication metrics", "Getting replication status information").
    """
    return [
        Alarm(
            name=f"{purpose}-failed",
            why=f"S3 could not copy {purpose} to the other region",
            runbook="replication#copy-failed",
            # The original is there: only together with the loss of a region is anything lost.
            severity=Severity.TICKET,
            metrics={"failed": _metric("OperationsFailedReplication", "Sum", copied)},
            threshold=0,
            period_seconds=300,
            datapoints=1,
            patience="A single object: S3 does not try again",
            silence=_NOTHING_WAITS,
        )
        for purpose, copied in buckets.items()
    ]


def late_copies(buckets: Mapping[str, Copied]) -> list[Alarm]:
    """Copies that wait longer than S3 promises. S3 reports them in the region of the copies, where these alarms and
    the topic that they act on therefore belong (same guide)."""
    return [
        Alarm(
            name=f"{purpose}-late",
            why=f"Copies of {purpose} are more than {MINUTES} minutes behind",
            runbook="replication#copies-late",
            severity=Severity.TICKET,
            metrics={"latency": _metric("ReplicationLatency", "Maximum", copied)},
            threshold=MINUTES * 60,
            datapoints=3,
            patience="Three minutes beyond what S3 promises",
            silence=_NOTHING_WAITS,
        )
        for purpose, copied in buckets.items()
    ]


def _metric(name: str, statistic: str, copied: Copied) -> Metric:
    where = {"SourceBucket": copied.source, "DestinationBucket": copied.replica, "RuleId": RULE}
    return Metric(namespace="AWS/S3", name=name, statistic=statistic, dimensions=where)
