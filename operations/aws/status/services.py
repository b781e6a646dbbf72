"""How Dify's services are, as ECS sees them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from dify.image import ImageName
from dify.services import MIGRATION
from operations.aws.deployed import Deployed
from operations.aws.questions import Questions
from operations.aws.status.condition import ServiceCondition, StoppedTask
from settings.plan import deployments

_AT_ONCE = 10
"""Services of one DescribeServices; tasks of one DescribeTasks are a hundred (Amazon ECS API Reference)."""

_TASKS_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class ServicesLook:
    """Looks at the services of `deployed`."""

    deployed: Deployed
    questions: Questions

    def services(self) -> tuple[ServiceCondition, ...]:
        """Every service that the program makes; one that is not there has no tasks at all."""
        names = [one.name for one in deployments(self.deployed.settings)]
        found = self.questions.ask("services", "ecs:DescribeServices", lambda: self._described(names))
        if found is None:
            return ()
        return tuple(self._condition(name, found.get(name)) for name in names)

    def stopped(self) -> tuple[StoppedTask, ...]:
        """Tasks that ended within the last hour, the last one first."""
        found = self.questions.ask("stopped tasks", "ecs:ListTasks", self._ended) or ()
        tasks = [_stopped(self.deployed.name, task) for task in found]
        return tuple(sorted(tasks, key=lambda task: task.at.timestamp() if task.at else 0, reverse=True))

    def _described(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        ecs, cluster = self.deployed.client("ecs"), self.deployed.outputs["cluster"]
        found: list[Mapping[str, Any]] = []
        for at in range(0, len(names), _AT_ONCE):
            found += ecs.describe_services(cluster=cluster, services=names[at : at + _AT_ONCE])["services"]
        return {one["serviceName"]: one for one in found if one["status"] == "ACTIVE"}

    def _condition(self, name: str, service: Mapping[str, Any] | None) -> ServiceCondition:
        if service is None:
            nothing = {"desired": 0, "running": 0, "pending": 0}
            return ServiceCondition(
                name=name, there=False, **nothing, image=None, tag=None, deployment=None, reason=None
            )
        image, tag = self._image(service["taskDefinition"], name)
        deployment, reason = self._deployment(service)
        return ServiceCondition(
            name=name,
            there=True,
            desired=service["desiredCount"],
            running=service["runningCount"],
            pending=service["pendingCount"],
            image=image,
            tag=tag,
            deployment=deployment,
            reason=reason,
        )

    def _deployment(self, service: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """The last one, as ECS records it also after the circuit breaker has taken it back."""
        ecs, cluster = self.deployed.client("ecs"), self.deployed.outputs["cluster"]

        def look() -> Sequence[Mapping[str, Any]]:
            name = service["serviceName"]
            return ecs.list_service_deployments(cluster=cluster, service=name, maxResults=1)["serviceDeployments"]

        found = self.questions.ask("deployments", "ecs:ListServiceDeployments", look)
        if found:
            return found[0]["status"], found[0].get("statusReason") or None
        states = [one for one in service["deployments"] if one["status"] == "PRIMARY"]
        return (states[0].get("rolloutState"), states[0].get("rolloutStateReason")) if states else (None, None)

    def _image(self, definition: str, name: str) -> tuple[str | None, str | None]:
        """Name and tag of the image of the container that is the service itself."""
        ecs = self.deployed.client("ecs")

        def look() -> str | None:
            task = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
            return next((one["image"] for one in task["containerDefinitions"] if one["name"] == name), None)

        reference = self.questions.ask("images", "ecs:DescribeTaskDefinition", look)
        if reference is None:
            return None, None
        try:
            parsed = ImageName.parse(reference)
        except ValueError:
            return reference, None
        tag = parsed.tag or self._tag(parsed)
        return parsed.repository.rpartition("/")[2], tag

    def _tag(self, image: ImageName) -> str | None:
        """The tag of a copy in this stack's registry, which task definitions name by its digest."""
        ecr, repository = self.deployed.client("ecr"), image.repository.partition("/")[2]

        def look() -> Sequence[str]:
            found = ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": f"sha256:{image.digest}"}])
            return found["imageDetails"][0].get("imageTags", [])

        tags = self.questions.ask(f"the tag of image {repository}", "ecr:DescribeImages", look)
        return tags[0] if tags else None

    def _ended(self) -> list[Mapping[str, Any]]:
        ecs, cluster = self.deployed.client("ecs"), self.deployed.outputs["cluster"]
        pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus="STOPPED")
        arns = [arn for page in pages for arn in cast("list[str]", page["taskArns"])]
        found: list[Mapping[str, Any]] = []
        for at in range(0, len(arns), _TASKS_AT_ONCE):
            found += ecs.describe_tasks(cluster=cluster, tasks=arns[at : at + _TASKS_AT_ONCE])["tasks"]
        return found


def _stopped(stack: str, task: Mapping[str, Any]) -> StoppedTask:
    group = str(task.get("group", ""))
    of = group.removeprefix("service:").removeprefix("family:").removeprefix(f"{stack}-")
    codes = [one["exitCode"] for one in task["containers"] if one.get("exitCode")]
    return StoppedTask(
        of=of,
        at=task.get("stoppedAt"),
        code=task.get("stopCode"),
        reason="; ".join(_reasons(task)),
        exit_code=codes[0] if codes else None,
    )


def _reasons(task: Mapping[str, Any]) -> Iterator[str]:
    yield str(task.get("stoppedReason") or "ECS does not say why")
    for container in task["containers"]:
        if reason := container.get("reason"):
            yield f"{container['name']}: {reason}"


def is_migration(task: StoppedTask) -> bool:
    """Whether it is the one that changes the schema, and not a service's."""
    return task.of == MIGRATION.name
