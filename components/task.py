"""What a Dify service is allowed and given: its task definition, two roles and its log group."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
from pulumi_aws import ecs

from components.component import Component
from components.container import Contents, Logging, Sidecar, containers, volume
from components.iam import Statement, role, role_path
from components.log_group import log_group, write_statement
from components.site import LogPolicy, Site
from dify.plan import Deployment


def task_role_name(site: Site, service: str) -> str:
    """The role that a service's code runs with; the search domain must know it before the service exists."""
    return f"{site.name}-{service}-task"


def task_role_arn(site: Site, service: str) -> str:
    """Its ARN, before it is made."""
    return f"arn:aws:iam::{site.account}:role{role_path(site)}{task_role_name(site, service)}"


FREE_DISK_GIB = 20
"""Ephemeral storage of a Fargate task that asks for none (Amazon ECS developer guide)."""


@dataclass(frozen=True, kw_only=True)
class TaskArgs:
    """`secrets` maps a variable to its `valueFrom`; `secret_statements` let the agent that starts the task read them
    and pull its image. `statements` are what Dify itself may do."""

    site: Site
    logs: LogPolicy
    deployment: Deployment
    image: pulumi.Input[str]
    environment: pulumi.Input[Mapping[str, str]]
    secrets: pulumi.Input[Mapping[str, str]]
    secret_statements: Sequence[Statement] = ()
    statements: Sequence[Statement] = ()
    entry: Sequence[str] = ()
    sidecars: Sequence[Sidecar] = ()


class Task(Component):
    """A task definition whose root file system is read-only; what Dify writes is in memory or on the task's own
    disk."""

    type_token = "dify:compute:Task"  # noqa: S105

    arn: pulumi.Output[str]
    family: pulumi.Output[str]

    def __init__(self, name: str, args: TaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        service, deployment = args.deployment.service, args.deployment
        logging = Logging(group=f"{args.logs.path}/{service.name}", region=args.site.region)
        logs = log_group(f"{name}-logs", logging.group, args.logs, self.child())
        starts = role(
            f"{name}-execution",
            service="ecs-tasks.amazonaws.com",
            site=args.site,
            statements=[write_statement(logs), *args.secret_statements],
            opts=self.child(),
        )
        runs = role(
            f"{name}-task",
            service="ecs-tasks.amazonaws.com",
            site=args.site,
            statements=args.statements,
            physical=task_role_name(args.site, service.name),
            opts=self.child(),
        )

        def definitions(
            image: str, environment: Mapping[str, str], secrets: Mapping[str, str], sidecar_images: Sequence[str]
        ) -> str:
            sidecars = [replace(one, image=known) for one, known in zip(args.sidecars, sidecar_images, strict=True)]
            contents = Contents(
                service=service,
                cpu=deployment.cpu,
                image=image,
                environment=environment,
                secrets=secrets,
                logging=logging,
                entry=args.entry,
                sidecars=sidecars,
            )
            return json.dumps(containers(contents))

        folders = [*service.disk, *(sidecar.folder for sidecar in args.sidecars if sidecar.folder)]
        definition = ecs.TaskDefinition(
            f"{name}-definition",
            family=f"{args.site.name}-{service.name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(deployment.cpu),
            memory=str(deployment.memory),
            runtime_platform={"cpu_architecture": "X86_64", "operating_system_family": "LINUX"},
            ephemeral_storage={"size_in_gib": deployment.disk_gib} if deployment.disk_gib > FREE_DISK_GIB else None,
            volumes=[{"name": volume(folder)} for folder in folders] or None,
            execution_role_arn=starts,
            task_role_arn=runs,
            container_definitions=pulumi.Output.all(
                image=args.image,
                environment=args.environment,
                secrets=args.secrets,
                sidecar_images=pulumi.Output.all(*(sidecar.image for sidecar in args.sidecars)),
            ).apply(lambda known: definitions(**known)),
            opts=self.child(),
        )
        self.arn = definition.arn
        self.family = definition.family
        self.done()
