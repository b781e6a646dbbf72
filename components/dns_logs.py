"""Logs of DNS: which names are looked up in the network, by whom, and what the firewall made of it."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import route53

from components.component import Component
from components.log_group import let_deliver, log_group
from components.site import LogPolicy, Site


@dataclass(frozen=True, kw_only=True)
class DnsLogsArgs:
    """`logs` says where and how long they are kept."""

    site: Site
    vpc_id: pulumi.Input[str]
    logs: LogPolicy


class DnsLogs(Component):
    """Every query that the VPC's resolver is asked and cannot answer from its cache, with the address that asked.

    Names carry data where nothing else leaves, so a network without internet has these logs as well (Route 53
    Developer Guide, "Resolver query logging").
    """

    type_token = "dify:network:DnsLogs"  # noqa: S105

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: DnsLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        group = log_group(f"{name}-queries", f"{args.logs.path}/dns", args.logs, self.child())
        may_write = let_deliver(f"{name}-write", f"{args.site.name}-dns", [group], args.site, self.child())
        config = route53.ResolverQueryLogConfig(
            f"{name}-config",
            name=f"{args.site.name}-dns",
            destination_arn=group.arn,
            opts=self.child(after=[may_write]),
        )
        route53.ResolverQueryLogConfigAssociation(
            f"{name}-network", resolver_query_log_config_id=config.id, resource_id=args.vpc_id, opts=self.child()
        )
        self.log_group_name = group.name
        self.done()
