"""Security groups: who may talk to whom. Groups name each other; addresses appear only at the edge of the network."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.component import Component
from dify.flows import GROUPS, LOAD_BALANCER, OUTBOUND, Flow, flows

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """`allowed_cidrs` may reach the load balancer on 443, and on 80 for the redirect."""

    vpc_id: pulumi.Input[str]
    allowed_cidrs: tuple[str, ...]


class Firewall(Component):
    """One security group per service and store, and a rule on both ends of every flow."""

    type_token = "dify:network:Firewall"  # noqa: S105

    group_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix = name
        self.group_ids = {
            group: ec2.SecurityGroup(
                f"{name}-{group}", vpc_id=args.vpc_id, description=description, opts=self.child()
            ).id
            for group, description in GROUPS.items()
        }
        for flow in flows():
            self._between(flow)
        for number, cidr in enumerate(args.allowed_cidrs):
            for port, why in ((443, "HTTPS"), (80, "Redirect to HTTPS")):
                self._from_address(LOAD_BALANCER, cidr, port, why, f"{number}")
        for group in OUTBOUND:
            vpc.SecurityGroupEgressRule(
                f"{name}-{group}-out",
                security_group_id=self.group_ids[group],
                description="HTTPS to AWS, image registries and model providers",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                cidr_ipv4=ANYWHERE,
                opts=self.child(),
            )
        self.done()

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

    def _from_address(self, group: str, cidr: str, port: int, why: str, role: str) -> None:
        is_v6 = ":" in cidr
        vpc.SecurityGroupIngressRule(
            f"{self._prefix}-{group}-{port}-{role}",
            security_group_id=self.group_ids[group],
            description=why,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=None if is_v6 else cidr,
            cidr_ipv6=cidr if is_v6 else None,
            opts=self.child(),
        )
