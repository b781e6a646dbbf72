"""One task of the api beside its service, in the service's target group."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from dify.services import API, API_PORT
from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.journal import Journal
from operations.outcome import FailedError

_START_SECONDS = 900
_DRAIN_SECONDS = 900

_GONE = (None, "unused")


@dataclass(frozen=True, kw_only=True)
class CanaryTask:
    """A task from the newest task definition of the api. ECS counts it to no service, so it takes its target away
    itself. Who it is stands in the journal: a call after a crash goes on with the one that runs."""

    deployed: Deployed
    journal: Journal

    def start(self, api: Mapping[str, Any]) -> None:
        """Run it where tasks of the service `api` (as DescribeServices has it) run; come back when it gets requests."""
        if not self._running():
            self._run(api)
        group = self.journal.decide("canary targets", lambda: api["loadBalancers"][0]["targetGroupArn"])
        otherwise = f"read the log group {self.deployed.outputs['log_groups']}/{API.name}"
        wait_until("canary", self._starting, seconds=_START_SECONDS, otherwise=otherwise)
        target = self._target()
        with asking("elasticloadbalancing:RegisterTargets"):
            self.deployed.client("elbv2").register_targets(TargetGroupArn=group, Targets=[target])
        wait_until("canary", self._coming, seconds=_START_SECONDS, otherwise=otherwise)

    def wrong(self) -> str | None:
        """What is wrong with it, if anything."""
        if not self._running():
            return "its task has ended"
        state = self._health()
        return None if state == "healthy" else f"the load balancer finds it {state}"

    def end(self) -> None:
        """No more requests to it, then no more task; nothing where there is none."""
        group = self.journal.decisions.get("canary targets")
        if not self._running():
            return
        if group is not None and (target := self._target()):
            with asking("elasticloadbalancing:DeregisterTargets"):
                self.deployed.client("elbv2").deregister_targets(TargetGroupArn=group, Targets=[target])
            wait_until("canary", self._draining, seconds=_DRAIN_SECONDS, otherwise="call again to go on waiting")
        for task in self._running():
            with asking("ecs:StopTask"):
                self.deployed.client("ecs").stop_task(
                    cluster=self.deployed.outputs["cluster"], task=task["taskArn"], reason="the canary was watched"
                )

    def _run(self, api: Mapping[str, Any]) -> None:
        name = self.journal.decide("canary", lambda: str(uuid.uuid4()))
        with asking("ecs:RunTask"):
            answer = self.deployed.client("ecs").run_task(
                cluster=self.deployed.outputs["cluster"],
                # A family without a number is its newest revision (Amazon ECS API Reference, RunTask).
                taskDefinition=f"{self.deployed.name}-{API.name}",
                launchType="FARGATE",
                startedBy=name,
                networkConfiguration=api["networkConfiguration"],
            )
        if failures := answer.get("failures"):
            raise FailedError(f"canary: ECS does not start it: {failures[0].get('reason')}; call again once it can")

    def _running(self) -> Sequence[Mapping[str, Any]]:
        name = self.journal.decisions.get("canary")
        if name is None:
            return ()
        ecs, cluster = self.deployed.client("ecs"), self.deployed.outputs["cluster"]
        with asking("ecs:ListTasks"):
            arns = ecs.list_tasks(cluster=cluster, startedBy=name, desiredStatus="RUNNING")["taskArns"]
        if not arns:
            return ()
        with asking("ecs:DescribeTasks"):
            return cast("list[Mapping[str, Any]]", ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"])

    def _starting(self) -> str | None:
        running = self._running()
        if not running:
            raise FailedError(f"canary: its task has ended; read {self.deployed.outputs['log_groups']}/{API.name}")
        state = running[0]["lastStatus"]
        return None if state == "RUNNING" and self._target() else str(state).lower()

    def _coming(self) -> str | None:
        if not self._running():
            raise FailedError(f"canary: its task has ended; read {self.deployed.outputs['log_groups']}/{API.name}")
        return None if (state := self._health()) == "healthy" else state or "unknown"

    def _draining(self) -> str | None:
        state = self._health()
        return None if state in _GONE else state

    def _target(self) -> dict[str, Any] | None:
        """Its address in the network, as soon as it has one."""
        found = [
            detail["value"]
            for task in self._running()
            for attachment in task.get("attachments", ())
            for detail in attachment["details"]
            if detail["name"] == "privateIPv4Address"
        ]
        return {"Id": found[0], "Port": API_PORT} if found else None

    def _health(self) -> str | None:
        group, target = self.journal.decisions["canary targets"], self._target()
        if target is None:
            return None
        with asking("elasticloadbalancing:DescribeTargetHealth"):
            found = self.deployed.client("elbv2").describe_target_health(TargetGroupArn=group, Targets=[target])
        states = [one["TargetHealth"]["State"] for one in found["TargetHealthDescriptions"]]
        return states[0] if states else None
