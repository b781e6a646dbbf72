"""The web application firewall before Dify's public entry: AWS WAF with the rules of dify.web_firewall."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import wafv2

from components.component import Component
from components.log_group import let_deliver, log_group
from components.site import LogPolicy, Site
from components.web_acl_rules import RESPONSE_BODIES, rule_inputs, visibility
from dify.web_firewall import address_sets, firewall_rules
from dify.web_firewall.log import COUNTED_LABELS, SECRET_HEADERS
from dify.web_firewall.rules import OWN_ADDRESSES
from settings.web_firewall import WebFirewall

LOG_NAME = "aws-waf-logs-{site}"
"""AWS WAF writes to groups of this beginning only ("Sending web ACL traffic logs to CloudWatch Logs")."""

Scope = Literal["REGIONAL", "CLOUDFRONT"]


@dataclass(frozen=True, kw_only=True)
class WebAclArgs:
    """`own_addresses` are IPv4 addresses of the stack's NAT gateways. `protects` is the ARN of a load balancer; the ACL
    of a distribution, of scope CLOUDFRONT and in us-east-1, is named by the distribution itself."""

    site: Site
    scope: Scope
    choices: WebFirewall
    own_addresses: Sequence[pulumi.Input[str]]
    logs: LogPolicy
    protects: pulumi.Input[str] | None = None


class WebAcl(Component):
    """A web ACL with its address sets and its log. What no rule refuses passes."""

    type_token = "dify:edge:WebAcl"  # noqa: S105

    arn: pulumi.Output[str]
    acl_name: str

    def __init__(self, name: str, args: WebAclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        choices = args.choices.choices(own_addresses=bool(args.own_addresses))
        ranges: dict[str, pulumi.Input[Sequence[str]]] = dict(address_sets(choices))
        if args.own_addresses:
            own = pulumi.Output.all(*args.own_addresses)
            ranges[OWN_ADDRESSES] = own.apply(lambda addresses: [f"{address}/32" for address in addresses])
        arns = {one: self._address_set(name, one, cidrs, args) for one, cidrs in ranges.items()}
        self.rules = firewall_rules(choices)
        acl = wafv2.WebAcl(
            f"{name}-acl",
            name=args.site.name,
            scope=args.scope,
            default_action={"allow": {}},
            rules=rule_inputs(self.rules, arns),
            custom_response_bodies=RESPONSE_BODIES,
            visibility_config=visibility(args.site.name),
            data_protection_config=_kept_out_of_samples(),
            # What a load balancer hands over, 8 KiB, cannot be chosen; a distribution's default is said outright.
            association_config={"request_bodies": [{"cloudfront": {"default_size_inspection_limit": "KB_16"}}]}
            if args.scope == "CLOUDFRONT"
            else None,
            opts=self.child(),
        )
        if args.protects is not None:
            wafv2.WebAclAssociation(
                f"{name}-association", web_acl_arn=acl.arn, resource_arn=args.protects, opts=self.child()
            )
        self._log(name, acl, args)
        self.arn = acl.arn
        self.acl_name = args.site.name
        self.done()

    def _address_set(
        self, name: str, role: str, cidrs: pulumi.Input[Sequence[str]], args: WebAclArgs
    ) -> pulumi.Output[str]:
        return wafv2.IpSet(
            f"{name}-{role}",
            name=f"{args.site.name}-{role}",
            scope=args.scope,
            ip_address_version="IPV6" if role.endswith("-v6") else "IPV4",
            addresses=cidrs,
            opts=self.child(),
        ).arn

    def _log(self, name: str, acl: wafv2.WebAcl, args: WebAclArgs) -> None:
        path = LOG_NAME.format(site=args.site.name)
        group = log_group(f"{name}-log", path, args.logs, self.child())
        policy = let_deliver(f"{name}-log-policy", path, [group], args.site, self.child())
        keep: list[wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgsDict] = [
            {"action_condition": {"action": "BLOCK"}},
            *({"label_name_condition": {"label_name": label}} for label in COUNTED_LABELS),
        ]
        wafv2.WebAclLoggingConfiguration(
            f"{name}-logging",
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                *({"single_header": {"name": header}} for header in SECRET_HEADERS),
                {"query_string": {}},
            ],
            logging_filter={
                "default_behavior": "DROP",
                "filters": [{"behavior": "KEEP", "requirement": "MEETS_ANY", "conditions": keep}],
            },
            opts=self.child(after=[policy]),
        )


def _kept_out_of_samples() -> wafv2.WebAclDataProtectionConfigArgsDict:
    """The log's redaction leaves the samples alone, which show whole headers and the text that a rule found."""
    return {
        "data_protections": [
            {"action": "SUBSTITUTION", "field": {"field_type": "SINGLE_HEADER", "field_keys": list(SECRET_HEADERS)}},
            {"action": "SUBSTITUTION", "field": {"field_type": "QUERY_STRING"}},
            {"action": "SUBSTITUTION", "field": {"field_type": "BODY"}},
        ]
    }
