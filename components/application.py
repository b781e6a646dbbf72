"""Dify itself: every service of a release with its environment, permissions and place in the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from components.cache import Cache
from components.cluster import Cluster
from components.component import Component
from components.database import DATABASE_NAME, Database
from components.load_balancer import LoadBalancer
from components.secrets import Secrets
from components.service import FargateService, ServiceArgs
from components.site import LogPolicy, Site
from components.storage import Storage
from components.task import Task, TaskArgs
from dify.environment import Endpoints, Tuning, api_environment, api_secrets, web_environment
from dify.flows import CACHE_PORT, DATABASE_PORT
from dify.releases import RELEASES
from dify.services import API, API_PORT, BEAT, MIGRATION, WEB, WORKER, Service
from settings import Settings


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where tasks run: the cluster, its private subnets, and each service's security group by name."""

    cluster: Cluster
    subnet_ids: Sequence[pulumi.Input[str]]
    group_ids: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class ApplicationArgs:
    """The stores that Dify uses give their addresses, their secrets and the statements that let it."""

    site: Site
    logs: LogPolicy
    choices: Settings
    place: Place
    load_balancer: LoadBalancer
    database: Database
    cache: Cache
    storage: Storage
    secrets: Secrets


class Application(Component):
    """web, api, worker and beat as services, the migration as a task definition that is run once per release."""

    type_token = "dify:compute:Application"  # noqa: S105

    service_names: dict[str, pulumi.Output[str]]
    task_definition_arns: dict[str, pulumi.Output[str]]
    migration_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._endpoints = _endpoints(args)
        self._secrets = pulumi.Output.all(
            args.secrets.application_arn, args.secrets.cache_arn, args.database.secret_arn
        ).apply(lambda arns: api_secrets(application_arn=arns[0], cache_arn=arns[1], database_arn=arns[2]))
        sizes = args.choices.services
        services = {
            WEB.name: self._service(self._web(), sizes.web.min_tasks, sizes.web.max_tasks),
            API.name: self._service(
                self._api_task(
                    API,
                    sizes.api.cpu,
                    sizes.api.memory,
                    Tuning(processes=sizes.api.processes, connections=sizes.api.connections_per_process),
                ),
                sizes.api.min_tasks,
                sizes.api.max_tasks,
            ),
            WORKER.name: self._service(
                self._api_task(WORKER, sizes.worker.cpu, sizes.worker.memory, Tuning(slots=sizes.worker.concurrency)),
                sizes.worker.min_tasks,
                sizes.worker.max_tasks,
            ),
            BEAT.name: self._service(self._api_task(BEAT, sizes.beat.cpu, sizes.beat.memory), 1, 1),
        }
        migration = Task(MIGRATION.name, self._api_task(MIGRATION, sizes.worker.cpu, sizes.worker.memory), self.child())
        self.service_names = {service: made.service_name for service, made in services.items()}
        self.task_definition_arns = {service: made.task_definition_arn for service, made in services.items()}
        self.migration_arn = migration.arn
        self.done()

    def _service(self, task: TaskArgs, minimum: int, maximum: int) -> FargateService:
        described, place = task.service, self._args.place
        faces_outside = described.health is not None
        return FargateService(
            described.name,
            ServiceArgs(
                task=task,
                cluster_arn=place.cluster.arn,
                cluster_name=place.cluster.cluster_name,
                subnet_ids=place.subnet_ids,
                security_group_id=place.group_ids[described.name],
                min_tasks=minimum,
                max_tasks=maximum,
                target_group_arn=self._args.load_balancer.target_group_arns[described.name] if faces_outside else None,
                namespace_id=place.cluster.namespace_id if described is API else None,
                after=self._args.load_balancer.rules if faces_outside else (),
            ),
            self.child(),
        )

    def _web(self) -> TaskArgs:
        args = self._args
        return TaskArgs(
            site=args.site,
            logs=args.logs,
            service=WEB,
            image=RELEASES[args.choices.release].web_image,
            cpu=args.choices.services.web.cpu,
            memory=args.choices.services.web.memory,
            environment=self._endpoints.apply(web_environment),
            secrets={},
        )

    def _api_task(self, service: Service, cpu: int, memory: int, tuning: Tuning | None = None) -> TaskArgs:
        args = self._args
        database, edge = args.choices.database, args.choices.edge
        pooled = replace(tuning or Tuning(), pool_size=database.pool_size, max_overflow=database.max_overflow)
        mode = service.mode or service.name
        return TaskArgs(
            site=args.site,
            logs=args.logs,
            service=service,
            image=RELEASES[args.choices.release].api_image,
            cpu=cpu,
            memory=memory,
            environment=self._endpoints.apply(
                lambda endpoints: api_environment(
                    mode, endpoints, pooled, idle_timeout_seconds=edge.idle_timeout_seconds
                )
            ),
            secrets=self._secrets,
            secret_statements=[*args.secrets.read_statements(), *args.database.read_login_statements()],
            statements=args.storage.files_statements(),
        )


def _endpoints(args: ApplicationArgs) -> pulumi.Output[Endpoints]:
    def known(host: str, cache_host: str, bucket: str) -> Endpoints:
        return Endpoints(
            domain=args.choices.domain,
            region=args.site.region,
            internal_api_url=f"http://{API.name}.{args.place.cluster.namespace}:{API_PORT}",
            database_host=host,
            database_port=DATABASE_PORT,
            database_name=DATABASE_NAME,
            cache_host=cache_host,
            cache_port=CACHE_PORT,
            files_bucket=bucket,
        )

    return pulumi.Output.all(args.database.host, args.cache.host, args.storage.files_bucket).apply(
        lambda hosts: known(hosts[0], hosts[1], hosts[2])
    )
