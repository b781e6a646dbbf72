"""DNS firewall: which names the network's resolver answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import route53

from components.component import Component
from components.site import Site
from settings.dns_firewall import DnsFirewall as Choices

THREATS = ("DNS_TUNNELING", "DGA", "DICTIONARY_DGA")
"""What Route 53 looks for in queries by itself: data in names, and names that programs make up (API reference,
CreateFirewallRule)."""

_FIRST_PRIORITY = 101
"""The least that a rule group may have is 100, which stays free for one that an organisation puts before it."""


@dataclass(frozen=True, kw_only=True)
class DnsFirewallArgs:
    """`own_names` are always answered: those of AWS and of the stack itself."""

    site: Site
    vpc_id: pulumi.Input[str]
    own_names: Sequence[str]
    choices: Choices


class DnsFirewall(Component):
    """Rules in this order: own names, blocked ones, what looks like a threat, allowed ones, and the rest, which is
    refused where there is a list of allowed ones.

    What is blocked does not exist, so that a caller fails at once instead of waiting. A name is allowed with all that
    it leads on to (CNAME): providers change those at will. Where only allowed names are answered, none is while the
    firewall itself fails, or it would be no border; where it only removes bad names, the resolver then goes on without
    it, because the stack must find its database (Route 53 Developer Guide, "VPC configuration for DNS Firewall").
    """

    type_token = "dify:network:DnsFirewall"  # noqa: S105

    rule_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: DnsFirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix, self._site = name, args.site
        choices, physical = args.choices, args.site.name
        self.rule_group_id = route53.ResolverFirewallRuleGroup(f"{name}-rules", name=physical, opts=self.child()).id
        self._allow("own", 100, args.own_names)
        if choices.blocked_domains:
            self._block("blocked", 200, choices.blocked_domains)
        for number, threat in enumerate(THREATS):
            self._detect(threat, 300 + 10 * number, choices.detect.upper())
        if choices.allowed_domains:
            self._allow("allowed", 400, choices.allowed_domains)
        if choices.allowed_domains is not None:
            self._block("rest", 500, ["*"])
        route53.ResolverFirewallRuleGroupAssociation(
            f"{name}-network",
            name=physical,
            firewall_rule_group_id=self.rule_group_id,
            vpc_id=args.vpc_id,
            priority=_FIRST_PRIORITY,
            opts=self.child(),
        )
        route53.ResolverFirewallConfig(
            f"{name}-failure",
            resource_id=args.vpc_id,
            firewall_fail_open="ENABLED" if choices.allowed_domains is None else "DISABLED",
            opts=self.child(),
        )
        self.done()

    def _allow(self, role: str, priority: int, domains: Sequence[str]) -> None:
        route53.ResolverFirewallRule(
            f"{self._prefix}-{role}",
            name=role,
            firewall_rule_group_id=self.rule_group_id,
            firewall_domain_list_id=self._domains(role, domains),
            firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
            action="ALLOW",
            priority=priority,
            opts=self.child(),
        )

    def _block(self, role: str, priority: int, domains: Sequence[str]) -> None:
        route53.ResolverFirewallRule(
            f"{self._prefix}-{role}",
            name=role,
            firewall_rule_group_id=self.rule_group_id,
            firewall_domain_list_id=self._domains(role, domains),
            action="BLOCK",
            block_response="NXDOMAIN",
            priority=priority,
            opts=self.child(),
        )

    def _detect(self, threat: str, priority: int, action: str) -> None:
        role = threat.lower().replace("_", "-")
        route53.ResolverFirewallRule(
            f"{self._prefix}-{role}",
            name=role,
            firewall_rule_group_id=self.rule_group_id,
            dns_threat_protection=threat,
            # A wrong suspicion cuts a service off, so only the well founded ones count.
            confidence_threshold="HIGH",
            action=action,
            block_response="NXDOMAIN" if action == "BLOCK" else None,
            priority=priority,
            opts=self.child(),
        )

    def _domains(self, role: str, domains: Sequence[str]) -> pulumi.Output[str]:
        return route53.ResolverFirewallDomainList(
            f"{self._prefix}-{role}-names",
            name=f"{self._site.name}-{role}",
            domains=[*domains],
            opts=self.child(),
        ).id
