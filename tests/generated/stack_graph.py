"""What pictures and tables ask of the recorded graph of a stack on AWS."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from dify.flows import GROUPS, outbound
from settings import Settings
from settings.plan import deployments, migration, options
from tests.recorder import Graph, Recorded

_GROUP = "firewall-"
_TIER = re.compile(r"network-(public|private|data)-")


class StackGraph:
    """A recorded stack, with the settings that it was made of."""

    def __init__(self, graph: Graph, settings: Settings) -> None:
        self.graph, self.settings = graph, settings

    @cached_property
    def deployments(self) -> Sequence[str]:
        """Services that run all the time, in the order of the plan."""
        return [one.name for one in deployments(self.settings)]

    @cached_property
    def connections(self) -> set[tuple[str, str]]:
        """Who may connect to whom, as the security groups have it."""
        rules = self.graph.of(":SecurityGroupIngressRule")
        ends = [(rule.inputs.get("referencedSecurityGroupId"), rule.inputs["securityGroupId"]) for rule in rules]
        return {(self._part(source), self._part(target)) for source, target in ends if source is not None}

    @cached_property
    def leaving(self) -> set[str]:
        """Parts that may leave for the internet of their own accord, and do: pulling an image is none of it."""
        kinds = outbound(options(self.settings))
        kind_of = {one.name: one.service.kind for one in (*deployments(self.settings), migration(self.settings))}
        rules = self.graph.of(":SecurityGroupEgressRule")
        opened = {self._part(rule.inputs["securityGroupId"]) for rule in rules if rule.inputs.get("cidrIpv4")}
        return {part for part in opened if kind_of.get(part, part) in kinds}

    def tier(self, name: str) -> str:
        """The kind of subnets in which the resource of that logical name stands."""
        found = _TIER.search(json.dumps(self.graph.named(name).inputs))
        assert found is not None, name
        return found[1]

    def size(self, service: str) -> list[str]:
        """How large a task of a service is and how many there are."""
        task = self.graph.named(f"{service}-definition").inputs
        least, most = self.tasks(service)
        return [f"{int(task['cpu']) / 1024:g} vCPU, {int(task['memory']) / 1024:g} GiB", counted(least, most)]

    def tasks(self, service: str) -> tuple[int, int]:
        """The least and the most tasks of a service."""
        scaled = [one for one in self.graph.of(":Target") if one.name == f"{service}-scaling"]
        if not scaled:
            running = int(self.graph.named(f"{service}-service").inputs["desiredCount"])
            return running, running
        return int(scaled[0].inputs["minCapacity"]), int(scaled[0].inputs["maxCapacity"])

    def buckets_of(self, service: str) -> set[str]:
        """Logical names of the buckets that a service's tasks may use."""
        policies = [one for one in self.graph.of(":RolePolicy") if one.name == f"{service}-task-policy"]
        text = "".join(one.inputs["policy"] for one in policies)
        return {bucket.name for bucket in self.graph.of(":Bucket") if f"{bucket.name}-arn" in text}

    def region(self, resource: Recorded) -> str:
        """Where a resource is."""
        (provider,) = [one for one in self.graph.resources if resource.provider.startswith(f"{one.urn}::")]
        return cast("str", provider.inputs["region"])

    def alarms(self) -> dict[str, dict[str, int]]:
        """Part -> how many of its alarms are of which severity; the two windows of a budget are one alarm."""
        single = [one for one in self.graph.of(":MetricAlarm") if not _of_budget(one)]
        budgets = [one for one in self.graph.of(":CompositeAlarm") if _of_budget(one)]
        found: dict[str, Counter[str]] = {}
        for alarm in (*single, *budgets):
            part = alarm.parent.rsplit("::", 1)[1]
            found.setdefault(part, Counter())[alarm.inputs["tags"]["severity"]] += 1
        return {part: dict(found[part]) for part in sorted(found)}

    def _part(self, group: Any) -> str:
        part = str(group).removeprefix(_GROUP).removesuffix("-id")
        assert part in GROUPS or part in self.deployments, group
        return part


def counted(least: int, most: int) -> str:
    """How many tasks there are."""
    if least != most:
        return f"{least} to {most} tasks"
    return "exactly 1 task" if least == 1 else f"{least} tasks"


def _of_budget(alarm: Recorded) -> bool:
    return "BurnRates::" in alarm.parent
