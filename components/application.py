"""Dify itself: every service of a release with its environment, permissions and place in the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.cluster import Cluster
from components.component import Component
from components.container import OperatorSecret, Sidecar
from components.iam import Statement, allow
from components.images import Images
from components.load_balancer import LoadBalancer
from components.scaling import Backlog, Requests
from components.secrets import Secrets
from components.service import FargateService, ServiceArgs
from components.site import LogPolicy, Site
from components.task import Task, TaskArgs
from dify.environment import Endpoints, environment
from dify.plan import Deployment, Options
from dify.secrets import secret_variables


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where tasks run: the cluster, its private subnets, those for isolated services, and each service's security group
    by name."""

    cluster: Cluster
    subnet_ids: Sequence[pulumi.Input[str]]
    isolated_subnet_ids: Sequence[pulumi.Input[str]]
    group_ids: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Load:
    """What services scale on beside their CPU, by name: requests a minute per task, and jobs that wait."""

    requests_per_task: Mapping[str, int]
    backlogs: Mapping[str, Backlog]


@dataclass(frozen=True, kw_only=True)
class ApplicationArgs:
    """`deployments` run all the time, `migration` once per release. `statements` are what a kind of service may do in
    AWS, given by the owners of the resources; `operator_secrets` are read by the services of the api image, `sidecars`
    and `entries` belong to services by name. `after` makes their logins work."""

    site: Site
    logs: LogPolicy
    place: Place
    deployments: Sequence[Deployment]
    migration: Deployment
    options: Options
    endpoints: pulumi.Input[Endpoints]
    images: Images
    secrets: Secrets
    operator_secrets: Sequence[OperatorSecret]
    statements: Mapping[str, Sequence[Statement]]
    load: Load
    load_balancer: LoadBalancer
    sidecars: Mapping[str, Sequence[Sidecar]] = field(default_factory=dict[str, Sequence[Sidecar]])
    entries: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    after: Sequence[pulumi.Resource] = ()


class Application(Component):
    """Every service of the plan, and the migration as a task definition that is run once per release."""

    type_token = "dify:compute:Application"  # noqa: S105

    service_names: dict[str, pulumi.Output[str]]
    task_definition_arns: dict[str, pulumi.Output[str]]
    migration_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._endpoints = pulumi.Output.from_input(args.endpoints)
        services = {deployment.name: self._service(deployment) for deployment in args.deployments}
        migration = Task(args.migration.name, self._task(args.migration), self.child())
        self.service_names = {service: made.service_name for service, made in services.items()}
        self.task_definition_arns = {service: made.task_definition_arn for service, made in services.items()}
        self.migration_arn = migration.arn
        self.done()

    def _service(self, deployment: Deployment) -> FargateService:
        args, name = self._args, deployment.name
        faces_outside = deployment.service.health is not None
        return FargateService(
            name,
            ServiceArgs(
                task=self._task(deployment),
                cluster_arn=args.place.cluster.arn,
                cluster_name=args.place.cluster.cluster_name,
                subnet_ids=args.place.isolated_subnet_ids if deployment.service.isolated else args.place.subnet_ids,
                security_group_id=args.place.group_ids[name],
                namespace_id=args.place.cluster.namespace_id,
                target_group_arn=args.load_balancer.target_group_arns[name] if faces_outside else None,
                requests=self._requests(name),
                backlog=args.load.backlogs.get(name),
                after=[*args.after, *(args.load_balancer.rules if faces_outside else ())],
            ),
            self.child(),
        )

    def _requests(self, name: str) -> Requests | None:
        per_task, balancer = self._args.load.requests_per_task.get(name), self._args.load_balancer
        if per_task is None:
            return None
        label = pulumi.Output.concat(balancer.arn_suffix, "/", balancer.target_group_suffixes[name])
        return Requests(resource_label=label, per_task=per_task)

    def _task(self, deployment: Deployment) -> TaskArgs:
        args, service = self._args, deployment.service
        variables = secret_variables(deployment, args.options)
        given = args.operator_secrets if service.runs_api_image else ()
        own = {name: source for one in given for name, source in one.references.items()}
        sidecars = args.sidecars.get(service.name, ())
        read = [one.arn for one in (*given, *(secret for sidecar in sidecars for secret in sidecar.secrets))]
        return TaskArgs(
            site=args.site,
            logs=args.logs,
            deployment=deployment,
            image=args.images.references[service.image],
            environment=self._endpoints.apply(lambda endpoints: environment(deployment, endpoints, args.options)),
            secrets=args.secrets.references(variables).apply(lambda references: {**references, **own}),
            secret_statements=[
                *args.images.pull_statements(service.image, *(sidecar.name for sidecar in sidecars)),
                *args.secrets.read_statements(list(dict.fromkeys(secret for secret, _ in variables.values()))),
                *([allow("ReadOwnSecrets", ["secretsmanager:GetSecretValue"], read)] if read else []),
            ],
            statements=args.statements.get(service.kind, ()),
            entry=args.entries.get(service.name, ()),
            sidecars=sidecars,
        )
