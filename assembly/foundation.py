"""What everything else stands on: the boundary of roles, keys, records, the network and who may talk to whom in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from assembly.regions import Regions
from components.audit_store import AuditStore, AuditStoreArgs
from components.boundary import Boundary, BoundaryArgs
from components.dns_firewall import DnsFirewall, DnsFirewallArgs
from components.dns_logs import DnsLogs, DnsLogsArgs
from components.endpoints import Endpoints, EndpointsArgs
from components.firewall import Firewall, FirewallArgs
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.function import Inside
from components.keys import Keys, KeysArgs
from components.network import Network, NetworkArgs
from components.site import LogPolicy, Site
from dify.flows import (
    BUSINESS_METRICS,
    CACHE,
    DATABASE,
    DATABASE_SETUP,
    ENDPOINTS,
    LOAD_BALANCER,
    PROBE,
    PROXY,
    QUEUE_DEPTH,
    ROTATION,
    SEARCH,
    SEARCH_SETUP,
    outbound,
)
from settings import Settings
from settings.dns_names import own_names
from settings.endpoints import isolates, services_of
from settings.plan import deployments, is_dual_stack, migration, options
from settings.probe_plan import probes_inside, shuts_out_strangers


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """`group_ids` are security groups by the name of the part they belong to, `here` the options of every component.
    `ways` are what must stand before anything inside the network reaches anything else."""

    config: Settings
    regions: Regions
    keys: Keys
    logs: LogPolicy
    records: AuditStore
    network: Network
    group_ids: Mapping[str, pulumi.Output[str]]
    ways: Sequence[pulumi.Resource]

    @property
    def site(self) -> Site:
        return self.regions.home.site

    @property
    def here(self) -> pulumi.ResourceOptions:
        return self.regions.home.here

    def inside(self, part: str) -> Inside:
        """The place of a function that talks to a store."""
        return Inside(
            subnet_ids=self.network.private_subnet_ids, security_group_id=self.group_ids[part], after=self.ways
        )


def build_foundation(config: Settings, unbound: Regions, edge_prefix_list_id: pulumi.Input[str] | None) -> Foundation:
    """Boundary, keys, log policy, network, security groups and the endpoints of AWS inside the network."""
    here = unbound.home.here
    boundary = Boundary("boundary", BoundaryArgs(site=unbound.home.site, regions=unbound.others), here)
    regions = unbound.bounded(boundary.arn)
    site = regions.home.site
    keys = Keys("keys", KeysArgs(site=site), here)
    logs = LogPolicy(path=f"/{site.name}", retention_days=config.logs.retention_days, key_arn=keys.logs.arn)
    records = AuditStore(
        "audit-store",
        AuditStoreArgs(site=site, key_arn=keys.audit.arn, choices=config.audit, logs=config.storage),
        here,
    )
    network = Network(
        "network",
        NetworkArgs(
            site=site,
            choices=config.network,
            dual_stack=is_dual_stack(config),
            edge_inside=config.edge.content_delivery is not None,
        ),
        here,
    )
    _watch(config, regions, network, records, logs)
    inside = services_of(config)
    firewall = Firewall(
        "firewall",
        FirewallArgs(
            vpc_id=network.vpc_id,
            allowed_cidrs=config.edge.allowed_cidrs,
            parts=parts(config, has_endpoints=bool(inside)),
            internet=config.network.internet,
            s3_prefix_list_id=network.s3_prefix_list_id,
            outbound=outbound(options(config)),
            isolates=isolates(config),
            edge_prefix_list_id=edge_prefix_list_id,
            signs_in=config.sign_in is not None,
            own_addresses=network.nat_addresses if shuts_out_strangers(config) else (),
        ),
        here,
    )
    ways: list[pulumi.Resource] = [network, firewall]
    if inside:
        reached = Endpoints(
            "endpoints",
            EndpointsArgs(
                site=site,
                vpc_id=network.vpc_id,
                subnet_ids=network.private_subnet_ids,
                security_group_id=firewall.group_ids[ENDPOINTS],
                services=inside,
            ),
            here,
        )
        ways.append(reached)
    return Foundation(
        config=config,
        regions=regions,
        keys=keys,
        logs=logs,
        records=records,
        network=network,
        group_ids=firewall.group_ids,
        ways=ways,
    )


def parts(config: Settings, *, has_endpoints: bool) -> dict[str, str]:
    """Everything that has a security group, with its kind (dify/flows.py)."""
    services = {one.name: one.service.kind for one in (*deployments(config), migration(config))}
    others = [LOAD_BALANCER, DATABASE, CACHE, DATABASE_SETUP, ROTATION, QUEUE_DEPTH]
    if config.business.enabled:
        others.append(BUSINESS_METRICS)
    if config.vector_store.has_opensearch:
        others += [SEARCH, SEARCH_SETUP]
    if config.database.proxy:
        others.append(PROXY)
    if probes_inside(config):
        others.append(PROBE)
    if has_endpoints:
        others.append(ENDPOINTS)
    return {**services, **{part: part for part in others}}


def _watch(config: Settings, regions: Regions, network: Network, records: AuditStore, logs: LogPolicy) -> None:
    """Who talks to whom, and who asks for which name."""
    site, here = regions.home.site, regions.home.here
    FlowLogs("flow-logs", FlowLogsArgs(site=site, vpc_id=network.vpc_id, bucket_arn=records.audit_arn), here)
    DnsLogs("dns-logs", DnsLogsArgs(site=site, vpc_id=network.vpc_id, logs=logs), here)
    if config.network.dns_firewall is not None:
        DnsFirewall(
            "dns-firewall",
            DnsFirewallArgs(
                site=site,
                vpc_id=network.vpc_id,
                own_names=own_names(config, namespace(site)),
                choices=config.network.dns_firewall,
            ),
            here,
        )


def namespace(site: Site) -> str:
    """The private DNS zone in which services find each other."""
    return f"{site.name}.internal"
