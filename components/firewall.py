"""Security groups: who may talk to whom. Groups name each other; addresses appear only at the edge of the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import ec2, vpc

from components.component import Component
from dify.flows import ENDPOINTS, GROUPS, HTTP, HTTPS, LOAD_BALANCER, OUTBOUND, STARTED_BY_AWS, Flow, flows

ANYWHERE = "0.0.0.0/0"
ENDPOINT_PORTS = (HTTPS, 465, 587, 2465, 2587)
"""Where interface endpoints listen: HTTPS, and SMTP with TLS for mail (Amazon SES, "Setting up VPC endpoints")."""


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """`parts` are the stack's services, stores and functions by name, with their kind (dify.flows); the part ENDPOINTS
    stands for interface endpoints. `allowed_cidrs` may reach the load balancer on 443, and on 80 for the redirect;
    where there is an `edge_prefix_list_id`, CloudFront's addresses may on 443, and no other does: that list counts as
    55 of the 60 rules that a group may have (CloudFront Developer Guide, "Locations and IP address ranges of CloudFront
    edge servers"). A load balancer that `signs_in` users asks their identity provider. `own_addresses`, those of the
    NAT gateways, may reach it as well: the stack asks itself as a user would.

    Without `internet` no group sends to any address: AWS is reached through the endpoints, and S3 through its gateway,
    whose addresses are those of `s3_prefix_list_id`. `outbound` are the ports that a kind of part may leave on; parts
    that are not in it leave on none where the stack `isolates` them, which it can if their images are inside.
    """

    vpc_id: pulumi.Input[str]
    allowed_cidrs: tuple[str, ...]
    parts: Mapping[str, str]
    internet: bool
    s3_prefix_list_id: pulumi.Input[str]
    isolates: bool
    outbound: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: OUTBOUND)
    edge_prefix_list_id: pulumi.Input[str] | None = None
    signs_in: bool = False
    own_addresses: Sequence[pulumi.Input[str]] = ()


class Firewall(Component):
    """One security group per service and store, and a rule on both ends of every flow."""

    type_token = "dify:network:Firewall"  # noqa: S105

    group_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises ValueError where AWS, or the identity provider, is out of reach."""
        if not args.internet and ENDPOINTS not in args.parts:
            raise ValueError(f"a network without internet needs the part {ENDPOINTS}, or no task can start")
        if not args.internet and args.signs_in:
            raise ValueError("a load balancer without internet reaches no identity provider")
        super().__init__(name, opts)
        self._prefix, self._args = name, args
        self.group_ids = {
            part: ec2.SecurityGroup(
                f"{name}-{part}", vpc_id=args.vpc_id, description=GROUPS[kind], opts=self.child()
            ).id
            for part, kind in args.parts.items()
        }
        for flow in flows(args.parts):
            self._between(flow)
        self._to_load_balancer()
        if args.signs_in:
            self._out(f"{LOAD_BALANCER}-out", LOAD_BALANCER, HTTPS, "Identity provider of users", ANYWHERE)
        for part, kind in args.parts.items():
            if kind in STARTED_BY_AWS:
                self._way_out(part, kind)
        self.done()

    def _to_load_balancer(self) -> None:
        if self._args.edge_prefix_list_id is not None:
            self._in(f"{LOAD_BALANCER}-{HTTPS}-cdn", HTTPS, "CloudFront", prefix_list=self._args.edge_prefix_list_id)
            return
        for number, cidr in enumerate(self._args.allowed_cidrs):
            for port, why in ((HTTPS, "HTTPS"), (HTTP, "Redirect to HTTPS")):
                self._in(f"{LOAD_BALANCER}-{port}-{number}", port, why, cidr=cidr)
        for number, address in enumerate(self._args.own_addresses):
            own = pulumi.Output.concat(address, "/32")
            self._in(f"{LOAD_BALANCER}-{HTTPS}-own-{number}", HTTPS, "The stack itself", own=own)

    def _way_out(self, part: str, kind: str) -> None:
        ports = self._args.outbound.get(kind, ())
        if ENDPOINTS in self._args.parts:
            for port in sorted({HTTPS, *ports} & {*ENDPOINT_PORTS}):
                self._between(Flow(part, ENDPOINTS, port, "AWS inside the network"))
        if HTTPS not in ports and not self._args.isolates:
            # Its image passes through its own network interface, and comes from a registry on the internet.
            ports = (*ports, HTTPS)
        leaves = self._args.internet and ports
        for port in ports if leaves else ():
            suffix = "out" if port == HTTPS else f"{port}-out"
            self._out(f"{part}-{suffix}", part, port, "AWS, image registries and model providers", ANYWHERE)
        if not leaves or HTTPS not in ports:
            self._out(f"{part}-s3-out", part, HTTPS, "Files and image layers in S3", None)

    def _out(self, role: str, part: str, port: int, why: str, cidr: str | None) -> None:
        vpc.SecurityGroupEgressRule(
            f"{self._prefix}-{role}",
            security_group_id=self.group_ids[part],
            description=why,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=cidr,
            prefix_list_id=self._args.s3_prefix_list_id if cidr is None else None,
            opts=self.child(),
        )

    def _between(self, flow: Flow) -> None:
        role = f"{flow.source}-{flow.target}-{flow.port}"
        vpc.SecurityGroupEgressRule(
            f"{self._prefix}-{role}-out",
            security_group_id=self.group_ids[flow.source],
            referenced_security_group_id=self.group_ids[flow.target],
            description=flow.why,
            ip_protocol="tcp",
            from_port=flow.port,
            to_port=flow.port,
            opts=self.child(),
        )
        vpc.SecurityGroupIngressRule(
            f"{self._prefix}-{role}-in",
            security_group_id=self.group_ids[flow.target],
            referenced_security_group_id=self.group_ids[flow.source],
            description=flow.why,
            ip_protocol="tcp",
            from_port=flow.port,
            to_port=flow.port,
            opts=self.child(),
        )

    def _in(
        self,
        role: str,
        port: int,
        why: str,
        *,
        cidr: str | None = None,
        own: pulumi.Input[str] | None = None,
        prefix_list: pulumi.Input[str] | None = None,
    ) -> None:
        is_v6 = cidr is not None and ":" in cidr
        vpc.SecurityGroupIngressRule(
            f"{self._prefix}-{role}",
            security_group_id=self.group_ids[LOAD_BALANCER],
            description=why,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=own if is_v6 or cidr is None else cidr,
            cidr_ipv6=cidr if is_v6 else None,
            prefix_list_id=prefix_list,
            opts=self.child(),
        )
