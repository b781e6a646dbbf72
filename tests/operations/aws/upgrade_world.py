"""A stack of an older release, and a Pulumi whose `up` moves its services as ECS and the program would."""

import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dify.image import ImageName
from dify.releases import RELEASES
from dify.services import API, MIGRATION
from operations.aws.upgrade import canary
from operations.aws.upgrade import command as upgrade
from operations.pulumi_program import PulumiProgram
from settings.plan import deployments
from tests.operations.aws.aws_world import NAME, STACK, AwsWorld, image_of, register

OLDER, NEWER = "1.17.0", "1.17.1"
DIMENSION = "ecs:service:DesiredCount"
CANARY_ADDRESS = "10.20.0.77"

SCHEMA = ["**::images-api-*", "**::migration-definition"]
FIRST = [
    "**::images-plugin-daemon-*",
    "**::plugin-daemon-definition",
    "**::plugin-daemon-service",
    "**::api-definition",
    "**::api-service",
]
"""Targets of the updates before that of everything, each in the program's own names."""

_TAGS = {
    image_of(image, release).rpartition("@")[2]: ImageName.parse(source).copy_tag
    for release, known in RELEASES.items()
    for image, source in known.images.items()
}
"""Digests of copies -> their tags, as ECR knows them."""


@dataclass
class UpgradeWorld:
    """`exit_code` is how the next migrations end, `log` the end of their log; `says` is the release that the public
    name gives, or None for the one of the api; `errors` and `requests` are what the load balancer counts for the api
    once there is a canary, `usual` the errors before.
    `seen` are the counts at the moment of each event, `start` those of before everything; `ended` are the exit codes of
    migrations."""

    world: AwsWorld
    exit_code: int = 0
    log: list[str] = field(default_factory=lambda: ["done"])
    says: str | None = None
    errors: int = 0
    usual: int = 0
    requests: int = 1000
    seen: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    ended: dict[str, int] = field(default_factory=dict[str, int])
    start: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def counts(self) -> dict[str, int]:
        """Desired counts by service."""
        return {name: self.world.service(name)["desiredCount"] for name in self.world.outputs["services"]}

    @property
    def release(self) -> str:
        """What the stack file says."""
        return re.findall(r"dify:release: (\S+)", Path(f"Pulumi.{STACK}.yaml").read_text())[0]

    @property
    def images(self) -> dict[str, str]:
        """The image of each service."""
        return {name: self.image(name) for name in self.world.outputs["services"]}

    @property
    def suspended(self) -> set[str]:
        """Services whose scaling is suspended."""
        found = self.world.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
        return {
            one["ResourceId"].rpartition("/")[2]
            for one in found["ScalableTargets"]
            if any(one.get("SuspendedState", {}).values())
        }

    @property
    def migrations(self) -> list[dict[str, Any]]:
        """Calls that started one."""
        return [one for one in self.world.answers.calls_of("ecs:RunTask") if MIGRATION.name in one["taskDefinition"]]

    @property
    def snapshots(self) -> list[str]:
        """Snapshots that were taken by hand."""
        found = self.world.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        return [one["DBSnapshotIdentifier"] for one in found]

    @property
    def ups(self) -> list[list[str]]:
        """Targets of each `pulumi up`; none where it was everything."""
        return [_targets(one) for one in self.world.pulumi_calls if one[0] == "up"]

    def bring(self, release: str, targets: list[str]) -> None:
        """What `up` does: new task definitions, then the services that follow them."""

        def chosen(name: str) -> bool:
            return not targets or any(fnmatch(f"urn:pulumi:{STACK}::dify::{name}", one) for one in targets)

        ecs = self.world.client("ecs")
        for one in deployments(self.world.settings):
            definition = f"{NAME}-{one.name}"
            if chosen(f"{one.name}-definition"):
                definition = register(self.world, one.name, one.service.image, release)
            if chosen(f"{one.name}-service"):
                ecs.update_service(cluster=NAME, service=one.name, taskDefinition=definition)
        if chosen("migration-definition"):
            self.world.outputs["migration_task_definition"] = register(self.world, MIGRATION.name, API.image, release)
            self.world.write_outputs()

    def plan(self, *steps: tuple[str, str, bool]) -> None:
        """What the next preview says: operation, type and name, whether it is protected."""
        found = [
            {"op": operation, "urn": f"urn:pulumi:{STACK}::dify::{named}", "oldState": {"protect": protected}}
            for operation, named, protected in steps
        ]
        (self.world.folder / "pulumi-preview.json").write_text(json.dumps({"steps": found}))

    def history(self, *updates: tuple[str, str, str, bool]) -> None:
        """What Pulumi tells of staging, newest first: kind, release, result, whether of single resources."""
        found = [
            {
                "kind": kind,
                "result": result,
                "environment": {"pulumi.flag.target": "set"} if partly else {},
                "config": {"dify:release": {"value": release, "secret": False}},
            }
            for kind, release, result, partly in updates
        ]
        (self.world.folder / "pulumi-stack-history.json").write_text(json.dumps(found))

    def runs(self, release: str) -> bool:
        """Whether every service is made from the images of `release`."""
        named = {one.name: one.service.image for one in deployments(self.world.settings)}
        return all(self.images[name] == image_of(image, release) for name, image in named.items())

    def image(self, service: str) -> str:
        """What a service is made from."""
        definition = self.world.service(service)["taskDefinition"]
        found = self.world.client("ecs").describe_task_definition(taskDefinition=definition)["taskDefinition"]
        return found["containerDefinitions"][0]["image"]


def make_upgrade_world(world: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> UpgradeWorld:
    """`world` at OLDER, with scaling, a staging that runs NEWER, and a plan that replaces task definitions."""
    made, answers = UpgradeWorld(world=world), world.answers
    file = Path(f"Pulumi.{STACK}.yaml")
    file.write_text(file.read_text().replace(f"dify:release: {NEWER}", f"dify:release: {OLDER}"))
    Path("Pulumi.staging.yaml").touch()
    made.history(("update", NEWER, "succeeded", False))
    made.plan(("update", "aws:ecs/service:Service::api-service", False), _replaced("api"))
    made.bring(OLDER, [])
    _name_tasks(world)
    _route_api(world)
    scaling = world.client("application-autoscaling")
    for one in deployments(world.settings):
        if not one.service.singleton:
            scaling.register_scalable_target(
                ServiceNamespace="ecs",
                ResourceId=f"service/{NAME}/{one.name}",
                ScalableDimension=DIMENSION,
                MinCapacity=one.min_tasks,
                MaxCapacity=one.max_tasks,
            )
    # More than the least: scaling has added one.
    world.client("ecs").update_service(cluster=NAME, service="api", desiredCount=made.counts["api"] + 1)
    made.start = made.counts
    _play(made, monkeypatch)
    answers.asked.clear()
    return made


def _name_tasks(world: AwsWorld) -> None:
    """moto starts a task only in a network that gives it a name (components/network.py does)."""
    ec2 = world.client("ec2")
    (vpc,) = {one["VpcId"] for one in ec2.describe_subnets(SubnetIds=world.outputs["private_subnets"])["Subnets"]}
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})


def _route_api(world: AwsWorld) -> None:
    """A listener rule leads to the api, as in the program."""
    elb = world.client("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    listener = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"][0]["ListenerArn"]
    elb.create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/v1/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": world.service(API.name)["loadBalancers"][0]["targetGroupArn"]}],
    )


def _replaced(name: str) -> tuple[str, str, bool]:
    return ("replace", f"aws:ecs/taskDefinition:TaskDefinition::{name}-definition", False)


def _play(made: UpgradeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = made.world.answers
    up = PulumiProgram.up

    def moved(program: PulumiProgram, *targets: str) -> None:
        up(program, *targets)
        made.seen[f"up {' '.join(targets)}".strip()] = made.counts
        made.bring(made.release, list(targets))

    def ran(found: dict[str, Any]) -> None:
        for task in found["tasks"]:
            _move(made, task)

    def tagged(asked: dict[str, Any]) -> dict[str, Any]:
        return {"imageDetails": [{"imageTags": [_TAGS.get(asked["imageIds"][0]["imageDigest"], "other")]}]}

    def counted(asked: dict[str, Any]) -> dict[str, Any]:
        queries = asked["MetricDataQueries"]
        named = {one["Id"]: one["MetricStat"]["Metric"]["MetricName"] for one in queries}
        begun = made.counts["api"] == 1 or any("startedBy" in one for one in answers.calls_of("ecs:RunTask"))
        errors = made.errors if begun else made.usual
        values = {"HTTPCode_Target_5XX_Count": errors, "RequestCount": made.requests}
        return {"MetricDataResults": [{"Id": key, "Values": [float(values[name])]} for key, name in named.items()]}

    def said(_domain: str) -> str | None:
        return made.says or _TAGS[made.image(API.name).rpartition("@")[2]]

    monkeypatch.setattr(PulumiProgram, "up", moved)
    monkeypatch.setattr(canary, "_LOOKS", 2)
    for module in (canary, upgrade):
        monkeypatch.setattr(module, "answered_release", said)
    answers.change("ecs:DescribeTasks", ran)
    answers.give("ecr:DescribeImages", tagged)
    answers.give("cloudwatch:GetMetricData", counted)
    answers.give("logs:GetLogEvents", lambda _: {"events": [{"message": line} for line in made.log]})


def _move(made: UpgradeWorld, task: dict[str, Any]) -> None:
    """A migration has ended; a canary runs and has an address."""
    if MIGRATION.name in task["taskDefinitionArn"]:
        made.seen.setdefault("migration", made.counts)
        task["lastStatus"] = "STOPPED"
        code = made.ended.setdefault(task["taskArn"], made.exit_code)
        task["containers"] = [{"name": MIGRATION.name, "exitCode": code}]
    else:
        task["lastStatus"] = task["desiredStatus"]
        details = [{"name": "privateIPv4Address", "value": CANARY_ADDRESS}]
        task["attachments"] = [{"type": "ElasticNetworkInterface", "details": details}]


def _targets(arguments: list[str]) -> list[str]:
    return [value for option, value in pairwise(arguments) if option == "--target"]
