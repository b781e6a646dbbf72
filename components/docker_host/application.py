"""Dify itself: every container of a release, started in the order in which they need each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.docker_host.container import Attachment, Container, ContainerArgs, Limits, Program
from components.docker_host.networks import Net
from components.docker_host.services import NETWORKS, capabilities, disk, entry, health, part, stop_seconds
from components.docker_host.site import HostSite
from dify.environment import Endpoints, environment
from dify.host_addresses import address, has_address
from dify.plan import Deployment, Options
from dify.services import API, API_IMAGE, API_WEBSOCKET, BEAT, PLUGIN_DAEMON, SANDBOX, SSRF_PROXY, WEB, WORKER

_CPU = 1024
"""Units of one CPU in a plan."""

_RELEASED = (API_IMAGE, WEB.image)
"""Images that every release brings anew; the plugin daemon and the sandbox have versions of their own, and are replaced
when theirs change."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What containers stand on: networks by kind, volumes by part, images by name, and the edge network's range.
    `programs` are digests of what a kind of service runs from the volume of programs."""

    site: HostSite
    networks: Mapping[str, pulumi.Input[str]]
    volumes: Mapping[str, pulumi.Input[str]]
    images: Mapping[str, pulumi.Input[str]]
    edge_cidr: str
    programs: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class HostApplicationArgs:
    """`secrets` are filled when it is done, `stores` take clients."""

    place: Place
    deployments: Sequence[Deployment]
    migration: Deployment
    options: Options
    endpoints: Endpoints
    secrets: pulumi.Input[pulumi.Resource]
    stores: Sequence[pulumi.Resource]


class HostApplication(Component):
    """The schema is changed first, by a container that runs once per release. Then one instance after the other is
    replaced, each when the one before it is healthy."""

    type_token = "dify:host:Application"  # noqa: S105

    container_names: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: HostApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.containers: dict[str, list[Container]] = {}
        stores = [args.secrets, *args.stores]
        migration = Container(args.migration.name, self._container(args.migration, 1, stores, once=True), self.child())
        for service in (SANDBOX, SSRF_PROXY):
            self._start(service.kind, [args.secrets])
        self._start(PLUGIN_DAEMON.kind, stores)
        self._start(API.kind, [*stores, migration.ended()])
        apis = self.containers[API.kind]
        for service in (WORKER, API_WEBSOCKET, WEB):
            self._start(service.kind, apis)
        self._start(BEAT.kind, self.containers[WORKER.kind])
        self.container_names = {
            one: made.container_name
            for one, made in {
                args.migration.name: migration,
                **{made.part: made for several in self.containers.values() for made in several},
            }.items()
        }
        self.done()

    def _start(self, kind: str, after: Sequence[pulumi.Input[pulumi.Resource]]) -> None:
        """Every instance of a kind; nothing for a kind that the host does without."""
        self.containers[kind] = []
        for deployment in (one for one in self._args.deployments if one.service.kind == kind):
            for instance in range(1, deployment.min_tasks + 1):
                wanted = self._container(deployment, instance, [*after, *self.containers[kind]])
                self.containers[kind].append(Container(wanted.part, wanted, self.child()))

    def _container(
        self,
        deployment: Deployment,
        instance: int,
        after: Sequence[pulumi.Input[pulumi.Resource]],
        *,
        once: bool = False,
    ) -> ContainerArgs:
        args, place, service = self._args, self._args.place, deployment.service
        return ContainerArgs(
            site=place.site,
            part=part(deployment, instance),
            kind=service.kind,
            program=Program(
                image=place.images[service.image],
                user=service.user,
                entry=entry(deployment, instance),
                environment=environment(deployment, args.endpoints, args.options),
            ),
            limits=Limits(cpus=deployment.cpu / _CPU, memory_mib=deployment.memory),
            networks=[self._attachment(service.kind, instance, net) for net in NETWORKS[service.kind]],
            disk=disk(deployment, place.volumes),
            health=None if once else health(deployment, instance),
            capabilities=capabilities(service),
            programs=place.programs.get(service.kind, ""),
            release=place.site.release if service.image in _RELEASED else "",
            stop_seconds=stop_seconds(deployment),
            once=once,
            after=after,
        )

    def _attachment(self, kind: str, instance: int, net: Net) -> Attachment:
        place = self._args.place
        fixed = net is Net.EDGE and has_address(kind)
        return Attachment(
            network=place.networks[net], address=address(place.edge_cidr, kind, instance) if fixed else None
        )
