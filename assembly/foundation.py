"""What everything else stands on: keys, logs, the network and who may talk to whom in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.endpoints import Endpoints, EndpointsArgs
from components.firewall import Firewall, FirewallArgs
from components.function import Inside
from components.keys import Keys, KeysArgs
from components.network import Network, NetworkArgs
from components.site import LogPolicy, Site
from dify.flows import (
    CACHE,
    DATABASE,
    DATABASE_SETUP,
    ENDPOINTS,
    LOAD_BALANCER,
    PROXY,
    QUEUE_DEPTH,
    ROTATION,
    SEARCH,
    SEARCH_SETUP,
    outbound,
)
from settings import Settings
from settings.endpoints import isolates, services_of
from settings.plan import deployments, migration, options


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """`group_ids` are security groups by the name of the part they belong to, `here` the options of every component.
    `ways` are what must stand before anything inside the network reaches anything else."""

    config: Settings
    site: Site
    here: pulumi.ResourceOptions
    keys: Keys
    logs: LogPolicy
    network: Network
    group_ids: Mapping[str, pulumi.Output[str]]
    ways: Sequence[pulumi.Resource]

    def inside(self, part: str) -> Inside:
        """The place of a function that talks to a store."""
        return Inside(
            subnet_ids=self.network.private_subnet_ids, security_group_id=self.group_ids[part], after=self.ways
        )


def build_foundation(config: Settings, site: Site, here: pulumi.ResourceOptions) -> Foundation:
    """Keys, log policy, network, security groups and the endpoints of AWS inside the network."""
    keys = Keys("keys", KeysArgs(site=site), here)
    network = Network("network", NetworkArgs(site=site, choices=config.network), here)
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
        site=site,
        here=here,
        keys=keys,
        logs=LogPolicy(path=f"/{site.name}", retention_days=config.logs.retention_days, key_arn=keys.logs.arn),
        network=network,
        group_ids=firewall.group_ids,
        ways=ways,
    )


def parts(config: Settings, *, has_endpoints: bool) -> dict[str, str]:
    """Everything that has a security group, with its kind (dify/flows.py)."""
    services = {one.name: one.service.kind for one in (*deployments(config), migration(config))}
    others = [LOAD_BALANCER, DATABASE, CACHE, DATABASE_SETUP, ROTATION, QUEUE_DEPTH]
    if config.vector_store.has_opensearch:
        others += [SEARCH, SEARCH_SETUP]
    if config.database.proxy:
        others.append(PROXY)
    if has_endpoints:
        others.append(ENDPOINTS)
    return {**services, **{part: part for part in others}}
