"""Interface endpoints: AWS's APIs at private addresses of the network, under their usual names."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.component import Component
from components.site import Site
from settings.endpoints import MAIL


def boundary(account: str) -> str:
    """An endpoint policy: callers of `account` only, so that stolen or smuggled credentials of another are of no use.

    What they may do is their role's matter. A condition, because a principal that is an account means its root user at
    some endpoints (AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies").
    """
    statement = {
        "Sid": "ThisAccount",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """`services` are short names, such as `ecr.api`; each stands in every one of `subnet_ids`, one per zone."""

    site: Site
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    services: tuple[str, ...]


class Endpoints(Component):
    """One endpoint per service, in all zones. With private DNS, no caller needs to know of it."""

    type_token = "dify:network:Endpoints"  # noqa: S105

    ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.ids = {
            service: ec2.VpcEndpoint(
                f"{name}-{service.replace('.', '-')}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.site.region}.{service}",
                vpc_endpoint_type="Interface",
                subnet_ids=args.subnet_ids,
                security_group_ids=[args.security_group_id],
                private_dns_enabled=True,
                policy=None if service == MAIL else boundary(args.site.account),
                tags={"Name": f"{args.site.name}-{service}"},
                opts=self.child(),
            ).id
            for service in args.services
        }
        self.done()
