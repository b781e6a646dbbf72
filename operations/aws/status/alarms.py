"""What rings: the alarms of the stack that are in ALARM, in every region where it has any."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.costs import STACK_TAG
from operations.aws.deployed import Deployed
from operations.aws.questions import Questions, every
from operations.aws.status.condition import AlarmCondition
from settings.regions import WORLDWIDE
from settings.severity import Severity

_PAGER = "-pager"
"""Ends the name of an alarm that only passes on what rings below it (components/alarms.py)."""

_SUFFIX = re.compile(r"-[0-9a-f]{7}$")
"""What Pulumi appends to the names that it chooses."""

_BOTH = ["MetricAlarm", "CompositeAlarm"]
_ARN = re.compile(r"ALARM\(\"?([^)\"]+)\"?\)")


@dataclass(frozen=True, kw_only=True)
class AlarmsLook:
    """Looks at the alarms of `deployed`."""

    deployed: Deployed
    questions: Questions

    def ringing(self) -> tuple[AlarmCondition, ...]:
        """Those that are in ALARM, pages first, then the latest first."""
        found = [alarm for region in self._regions() for alarm in self._ringing_in(region)]
        order = [severity.value for severity in Severity]
        return tuple(sorted(found, key=lambda one: (order.index(one.severity), -one.since.timestamp())))

    def _regions(self) -> list[str]:
        settings = self.deployed.settings
        regions = [settings.region]
        if settings.replica is not None:
            regions.append(settings.replica.region)
        if settings.edge.content_delivery is not None:
            regions.append(WORLDWIDE)
        return list(dict.fromkeys(regions))

    def _ringing_in(self, region: str) -> Iterator[AlarmCondition]:
        client = self.deployed.client("cloudwatch", region)

        def look() -> list[Mapping[str, Any]]:
            pages = client.get_paginator("describe_alarms").paginate(AlarmTypes=_BOTH, StateValue="ALARM")
            return [one for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for one in page.get(kind, ())]

        def rules() -> list[Mapping[str, Any]]:
            return list(every(client, "describe_alarms", "CompositeAlarms", AlarmTypes=["CompositeAlarm"]))

        ringing = self.questions.ask(f"alarms in {region}", "cloudwatch:DescribeAlarms", look) or []
        parts = _parts(self.questions.ask(f"alarms in {region}", "cloudwatch:DescribeAlarms", rules) or [])
        for alarm in ringing:
            if alarm["AlarmArn"] not in parts and not alarm["AlarmName"].endswith(_PAGER):
                yield from self._mine(client, region, alarm)

    def _mine(self, client: Any, region: str, alarm: Mapping[str, Any]) -> Iterator[AlarmCondition]:
        """Nothing where it is another stack's of the same account."""

        def look() -> dict[str, str]:
            found = client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
            return {tag["Key"]: tag["Value"] for tag in found}

        tags = self.questions.ask("whose alarm rings", "cloudwatch:ListTagsForResource", look)
        if tags is None or tags.get(STACK_TAG) != self.deployed.name:
            return
        why, _, runbook = alarm.get("AlarmDescription", "").rpartition(". ")
        yield AlarmCondition(
            name=_SUFFIX.sub("", alarm["AlarmName"]).removeprefix(f"{self.deployed.name}-"),
            severity=tags.get("severity", Severity.TICKET.value),
            region=region,
            since=alarm["StateUpdatedTimestamp"],
            why=why or runbook,
            runbook=runbook if why else None,
        )


def _parts(composites: list[Mapping[str, Any]]) -> set[str]:
    """ARNs of alarms that mean something only together with another one: both windows of a burn rate."""
    return {arn for one in composites if " AND " in one["AlarmRule"] for arn in _ARN.findall(one["AlarmRule"])}
