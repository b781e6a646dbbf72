"""What a Dify container is allowed and given: its task definition, two roles and its log group."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecs

from components.component import Component
from components.iam import Statement, role
from components.log_group import log_group, write_statement
from components.site import LogPolicy, Site
from dify.services import Service

SCRATCH_MIB = 256
"""Upper bound of each writable path; it counts against the task's memory only as far as it is used."""


@dataclass(frozen=True, kw_only=True)
class TaskArgs:
    """`cpu` in CPU units (1024 = 1 vCPU), `memory` in MiB. `secrets` maps a variable to its `valueFrom`;
    `secret_statements` let the agent that starts the task read them. `statements` are what Dify itself may do."""

    site: Site
    logs: LogPolicy
    service: Service
    image: str
    cpu: int
    memory: int
    environment: pulumi.Input[Mapping[str, str]]
    secrets: pulumi.Input[Mapping[str, str]]
    secret_statements: Sequence[Statement] = ()
    statements: Sequence[Statement] = ()


class Task(Component):
    """A task definition whose root file system is read-only; the paths Dify writes are in memory."""

    type_token = "dify:compute:Task"  # noqa: S105

    arn: pulumi.Output[str]
    family: pulumi.Output[str]

    def __init__(self, name: str, args: TaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        logs = log_group(
            f"{name}-logs",
            f"{args.logs.path}/{args.service.name}",
            args.logs,
            self.child(),
        )
        starts = role(
            f"{name}-execution",
            service="ecs-tasks.amazonaws.com",
            account=args.site.account,
            statements=[
                write_statement(logs),
                *args.secret_statements,
            ],
            opts=self.child(),
        )
        runs = role(
            f"{name}-task",
            service="ecs-tasks.amazonaws.com",
            account=args.site.account,
            statements=args.statements,
            opts=self.child(),
        )
        definition = ecs.TaskDefinition(
            f"{name}-definition",
            family=f"{args.site.name}-{args.service.name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.cpu),
            memory=str(args.memory),
            runtime_platform={"cpu_architecture": "X86_64", "operating_system_family": "LINUX"},
            execution_role_arn=starts,
            task_role_arn=runs,
            container_definitions=pulumi.Output.all(environment=args.environment, secrets=args.secrets).apply(
                lambda known: json.dumps([_container(args, known["environment"], known["secrets"])])
            ),
            opts=self.child(),
        )
        self.arn = definition.arn
        self.family = definition.family
        self.done()


def _container(args: TaskArgs, environment: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, object]:
    service = args.service
    container: dict[str, object] = {
        "name": service.name,
        "image": args.image,
        "essential": True,
        "readonlyRootFilesystem": True,
        "user": service.user,
        "stopTimeout": service.stop_seconds,
        "environment": [{"name": name, "value": value} for name, value in sorted(environment.items())],
        "secrets": [{"name": name, "valueFrom": source} for name, source in sorted(secrets.items())],
        # In memory and open to every user: an empty Fargate volume belongs to root, and Dify does not run as root.
        "linuxParameters": {
            "initProcessEnabled": True,
            "tmpfs": [{"containerPath": path, "size": SCRATCH_MIB} for path in service.writable],
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": f"{args.logs.path}/{service.name}",
                "awslogs-region": args.site.region,
                "awslogs-stream-prefix": service.name,
                # A slow log service must never stop Dify; what does not fit the buffer is lost.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }
    if service.port is not None:
        container["portMappings"] = [{"containerPort": service.port, "hostPort": service.port, "protocol": "tcp"}]
    return container
