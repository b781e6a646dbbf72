"""Names: every query is logged, and a DNS firewall that is there holds."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import (
    BUCKET,
    DNS_DOMAINS,
    DNS_FIREWALL,
    DNS_RULE,
    DNS_RULES,
    DNS_RULES_ASSOCIATION,
    LOG_GROUP,
    QUERY_LOG,
    QUERY_LOG_ASSOCIATION,
    VPC,
)

LOGS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html"
FIREWALL = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-vpc-configuration.html"


@rule(
    "route53-resolver-must-log-queries",
    VPC,
    severity=Severity.HIGH,
    description="Every name that is looked up in a network is logged in a log group or bucket of the stack.",
    remediation="Associate a ResolverQueryLogConfig of the stack with the VPC.",
    references=References(practice="SEC04-BP01"),
    url=LOGS,
)
def queries_logged(resource: Resource, graph: Graph) -> Iterator[Finding]:
    kept = [
        config
        for association in graph.pointing_at(resource, "resourceId", QUERY_LOG_ASSOCIATION)
        for config in graph.linked(association, "resolverQueryLogConfigId", QUERY_LOG)
        if graph.linked(config, "destinationArn", LOG_GROUP, BUCKET)
    ]
    if not kept:
        yield "has no log of its DNS queries that ends in the stack"


@rule(
    "route53-dns-firewall-must-guard-a-network",
    DNS_RULES,
    severity=Severity.HIGH,
    description="Rules about names belong to a network. One that answers only allowed names answers none while the "
    "firewall fails.",
    remediation="Associate the rule group with the VPC; behind an allow list set firewallFailOpen to DISABLED.",
    references=References(practice="SEC05-BP03"),
    url=FIREWALL,
)
def firewall_guards(resource: Resource, graph: Graph) -> Iterator[Finding]:
    associations = graph.pointing_at(resource, "firewallRuleGroupId", DNS_RULES_ASSOCIATION)
    networks = [network for one in associations for network in graph.linked(one, "vpcId", VPC)]
    if not networks:
        yield "guards no network"
    if not _refuses_the_rest(resource, graph):
        return
    for network in networks:
        for config in graph.pointing_at(network, "resourceId", DNS_FIREWALL):
            # AWS starts out with DISABLED.
            if config.get("firewallFailOpen") not in (None, "DISABLED"):
                yield f"answers every name in {network.name} while the firewall fails"


def _refuses_the_rest(group: Resource, graph: Graph) -> bool:
    return any(
        "*" in domains.entries("domains")
        for rule_ in graph.pointing_at(group, "firewallRuleGroupId", DNS_RULE)
        if rule_.get("action") == "BLOCK"
        for domains in graph.linked(rule_, "firewallDomainListId", DNS_DOMAINS)
    )
