"""The VPC: a public, a private and a data subnet in every zone; without a way to the internet no public one."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.component import Component
from components.site import Site
from settings.network import NatGateways
from settings.network import Network as Choices
from settings.subnets import ipv6_subnet, subnet_cidrs

_ANY_IPV4 = "0.0.0.0/0"
_ANY_IPV6 = "::/0"


def files_policy(site: Site, *, reads_elsewhere: bool) -> str:
    """What passes the S3 gateway: this account's objects for this account's callers, and the layers of container
    images. Where it `reads_elsewhere`, anybody's objects may be fetched too, and none be written: no credentials, own
    or smuggled in, carry data to a bucket of another account.

    ECR signs the addresses of layers itself, so those requests come from no principal of this account. Python packages
    of CodeArtifact need no S3 (Amazon ECR User Guide, "Create the Amazon S3 gateway endpoint"; CodeArtifact User Guide,
    same title). The gateway serves the stack's region only: S3 of other regions is the internet (Amazon VPC User
    Guide, "Gateway endpoints for Amazon S3").
    """
    ours = {"aws:PrincipalAccount": site.account, "aws:ResourceAccount": site.account}
    statements: list[dict[str, object]] = [
        {"Sid": "OwnBuckets", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": ours}},
        {
            "Sid": "ImageLayers",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::prod-{site.region}-starport-layer-bucket/*",
        },
    ]
    if reads_elsewhere:
        # Sources of knowledge, models and packages lie in S3 as often as not, under public or presigned addresses.
        reads = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]
        statements.append({"Sid": "ReadsElsewhere", "Action": reads, "Resource": "*"})
    allowed = [{"Effect": "Allow", "Principal": "*", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`dual_stack` gives the public subnets IPv6 addresses for a load balancer that users reach over both protocols.
    `edge_inside` places the load balancer with the tasks, because CloudFront or private networks reach it there."""

    site: Site
    choices: Choices
    dual_stack: bool = False
    edge_inside: bool = False


class Network(Component):
    """Public subnets hold the load balancer and NAT, private ones the tasks. Data subnets hold stores and the tasks
    that run other people's code; nothing leads out of them but a gateway to this account's files and images.

    A network without internet has no public subnets: the load balancer stands with the tasks, and their only ways out
    are the S3 gateway and interface endpoints. Private and data subnets have the same addresses in both. They have no
    IPv6 addresses ever: NAT does not hide those, and nothing in them needs one.
    """

    type_token = "dify:network:Network"  # noqa: S105

    vpc_id: pulumi.Output[str]
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    data_subnet_ids: list[pulumi.Output[str]]
    edge_subnet_ids: list[pulumi.Output[str]]
    nat_addresses: list[pulumi.Output[str]]
    nat_gateway_ids: dict[str, pulumi.Output[str]]
    s3_prefix_list_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises ValueError where IPv6 has no internet to lead to."""
        if args.dual_stack and not args.choices.internet:
            raise ValueError("a network without internet has no public subnets to give IPv6 addresses to")
        super().__init__(name, opts)
        self._prefix, self._site, self._choices = name, args.site, args.choices
        self._dual_stack = args.dual_stack
        self.nat_addresses, self.nat_gateway_ids = [], {}
        zones = args.choices.zones
        self._vpc = ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.choices.cidr,
            assign_generated_ipv6_cidr_block=True if args.dual_stack else None,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": args.site.name},
            opts=self.child(),
        )
        self.vpc_id = self._vpc.id
        # Taking over the default group without rules closes it: nothing can use it by omission.
        ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=self.vpc_id, opts=self.child())
        blocks = subnet_cidrs(args.choices.cidr, len(zones))
        public = self._subnets("public", blocks["public"]) if args.choices.internet else {}
        private = self._subnets("private", blocks["private"])
        data = self._subnets("data", blocks["data"])
        if public:
            self._public_routes(public)
        private_tables = self._private_routes(private, public)
        data_table = self._table("data")
        self._associate("data", data_table, data)
        files = self._files("s3", private_tables, reads_elsewhere=args.choices.internet)
        # Images of isolated tasks come this way, and nothing else does. One table may lead to one gateway only.
        self._files("s3-isolated", [data_table], reads_elsewhere=False)
        self.s3_prefix_list_id = files.prefix_list_id
        self.public_subnet_ids = [subnet.id for subnet in public.values()]
        self.private_subnet_ids = [subnet.id for subnet in private.values()]
        self.data_subnet_ids = [subnet.id for subnet in data.values()]
        outside = public and not args.edge_inside
        self.edge_subnet_ids = self.public_subnet_ids if outside else self.private_subnet_ids
        self.done()

    def _files(self, role: str, tables: list[ec2.RouteTable], *, reads_elsewhere: bool) -> ec2.VpcEndpoint:
        return ec2.VpcEndpoint(
            f"{self._prefix}-{role}",
            vpc_id=self.vpc_id,
            service_name=f"com.amazonaws.{self._site.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            policy=files_policy(self._site, reads_elsewhere=reads_elsewhere),
            opts=self.child(),
        )

    def _subnets(self, tier: str, blocks: list[str]) -> dict[str, ec2.Subnet]:
        return {
            zone: ec2.Subnet(
                f"{self._prefix}-{tier}-{zone[-1]}",
                vpc_id=self.vpc_id,
                cidr_block=block,
                ipv6_cidr_block=self._ipv6_block(number) if self._dual_stack and tier == "public" else None,
                availability_zone=zone,
                map_public_ip_on_launch=False,
                assign_ipv6_address_on_creation=False,
                tags={"Name": f"{self._site.name}-{tier}-{zone[-1]}", "tier": tier},
                opts=self.child(),
            )
            for number, (zone, block) in enumerate(zip(self._choices.zones, blocks, strict=True))
        }

    def _ipv6_block(self, number: int) -> pulumi.Output[str]:
        return self._vpc.ipv6_cidr_block.apply(lambda block: ipv6_subnet(block, number))

    def _public_routes(self, subnets: dict[str, ec2.Subnet]) -> None:
        gateway = ec2.InternetGateway(f"{self._prefix}-internet", vpc_id=self.vpc_id, opts=self.child())
        table = self._table("public")
        ec2.Route(
            f"{self._prefix}-public-out",
            route_table_id=table.id,
            destination_cidr_block=_ANY_IPV4,
            gateway_id=gateway.id,
            opts=self.child(),
        )
        if self._dual_stack:
            ec2.Route(
                f"{self._prefix}-public-out-ipv6",
                route_table_id=table.id,
                destination_ipv6_cidr_block=_ANY_IPV6,
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
            if gateways:
                ec2.Route(
                    f"{self._prefix}-private-{zone[-1]}-out",
                    route_table_id=table.id,
                    destination_cidr_block=_ANY_IPV4,
                    nat_gateway_id=gateways[zone if per_zone else first].id,
                    opts=self.child(),
                )
            self._associate("private", table, {zone: subnet})
            tables.append(table)
        return tables

    def _nat(self, zone: str, public: ec2.Subnet) -> ec2.NatGateway:
        address = ec2.Eip(f"{self._prefix}-nat-{zone[-1]}-address", domain="vpc", opts=self.child())
        self.nat_addresses.append(address.public_ip)
        gateway = ec2.NatGateway(
            f"{self._prefix}-nat-{zone[-1]}", subnet_id=public.id, allocation_id=address.id, opts=self.child()
        )
        self.nat_gateway_ids[zone] = gateway.id
        return gateway

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
