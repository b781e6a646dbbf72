"""The VPC: a public, a private and a data subnet in every zone."""

import ipaddress
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.component import Component
from components.site import Site
from settings.network import MOST_ZONES, NatGateways
from settings.network import Network as Choices

TIERS = ("public", "private", "data")
_BITS_PER_SUBNET = 4
"""Sixteen subnets: three tiers over up to five zones, and room for one more tier."""


def subnet_cidrs(cidr: str, zones: int) -> dict[str, list[str]]:
    """Tier -> one block per zone. A block never moves when a zone is added: tier t, zone z is block 5t + z."""
    blocks = list(ipaddress.ip_network(cidr).subnets(prefixlen_diff=_BITS_PER_SUBNET))
    return {tier: [str(blocks[MOST_ZONES * at + zone]) for zone in range(zones)] for at, tier in enumerate(TIERS)}


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    site: Site
    choices: Choices


class Network(Component):
    """Public subnets hold the load balancer and NAT, private ones the tasks, data subnets have no way out at all."""

    type_token = "dify:network:Network"  # noqa: S105

    vpc_id: pulumi.Output[str]
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    data_subnet_ids: list[pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix, self._site, self._choices = name, args.site, args.choices
        zones = args.choices.zones
        vpc = ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.choices.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": args.site.name},
            opts=self.child(),
        )
        self.vpc_id = vpc.id
        # Taking over the default group without rules closes it: nothing can use it by omission.
        ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, opts=self.child())
        subnets = {
            tier: self._subnets(tier, blocks) for tier, blocks in subnet_cidrs(args.choices.cidr, len(zones)).items()
        }
        self._public_routes(subnets["public"])
        private_tables = self._private_routes(subnets["private"], subnets["public"])
        data_table = self._table("data")
        self._associate("data", data_table, subnets["data"])
        ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{args.site.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in private_tables],
            opts=self.child(),
        )
        self.public_subnet_ids = [subnet.id for subnet in subnets["public"].values()]
        self.private_subnet_ids = [subnet.id for subnet in subnets["private"].values()]
        self.data_subnet_ids = [subnet.id for subnet in subnets["data"].values()]
        self.done()

    def _subnets(self, tier: str, blocks: list[str]) -> dict[str, ec2.Subnet]:
        return {
            zone: ec2.Subnet(
                f"{self._prefix}-{tier}-{zone[-1]}",
                vpc_id=self.vpc_id,
                cidr_block=block,
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags={"Name": f"{self._site.name}-{tier}-{zone[-1]}", "tier": tier},
                opts=self.child(),
            )
            for zone, block in zip(self._choices.zones, blocks, strict=True)
        }

    def _public_routes(self, subnets: dict[str, ec2.Subnet]) -> None:
        gateway = ec2.InternetGateway(f"{self._prefix}-internet", vpc_id=self.vpc_id, opts=self.child())
        table = self._table("public")
        ec2.Route(
            f"{self._prefix}-public-out",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=self.child(),
        )
        self._associate("public", table, subnets)

    def _private_routes(self, private: dict[str, ec2.Subnet], public: dict[str, ec2.Subnet]) -> list[ec2.RouteTable]:
        per_zone = self._choices.nat_gateways is NatGateways.PER_ZONE
        first = self._choices.zones[0]
        gateways = {zone: self._nat(zone, subnet) for zone, subnet in public.items() if per_zone or zone == first}
        tables: list[ec2.RouteTable] = []
        for zone, subnet in private.items():
            table = self._table(f"private-{zone[-1]}")
            ec2.Route(
                f"{self._prefix}-private-{zone[-1]}-out",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=gateways[zone if per_zone else first].id,
                opts=self.child(),
            )
            self._associate("private", table, {zone: subnet})
            tables.append(table)
        return tables

    def _nat(self, zone: str, public: ec2.Subnet) -> ec2.NatGateway:
        address = ec2.Eip(f"{self._prefix}-nat-{zone[-1]}-address", domain="vpc", opts=self.child())
        return ec2.NatGateway(
            f"{self._prefix}-nat-{zone[-1]}", subnet_id=public.id, allocation_id=address.id, opts=self.child()
        )

    def _table(self, role: str) -> ec2.RouteTable:
        return ec2.RouteTable(f"{self._prefix}-{role}", vpc_id=self.vpc_id, opts=self.child())

    def _associate(self, tier: str, table: ec2.RouteTable, subnets: dict[str, ec2.Subnet]) -> None:
        for zone, subnet in subnets.items():
            ec2.RouteTableAssociation(
                f"{self._prefix}-{tier}-{zone[-1]}-routes",
                subnet_id=subnet.id,
                route_table_id=table.id,
                opts=self.child(),
            )
