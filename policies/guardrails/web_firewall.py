"""The web application firewall: before every public entry, with rules that act, and a log that holds no login."""

import json
from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .graph import Graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import (
    ADDRESS_SET,
    DISTRIBUTION,
    LOAD_BALANCER,
    LOG_GROUP,
    LOG_RESOURCE_POLICY,
    WEB_ACL,
    WEB_ACL_ASSOCIATION,
    WEB_ACL_LOG,
)
from .values import UNKNOWN, UndecidedError, is_true, items, look, mapping, number

KNOWN_BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
MANAGED_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesAnonymousIpList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    KNOWN_BAD_INPUTS,
)
BAD_INPUT_LABELS = "awswaf:managed:aws:known-bad-inputs:"
WIDEST = 8
GROUPS = "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"
RATES = "https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html"
ADDRESSES = "https://docs.aws.amazon.com/waf/latest/developerguide/waf-ip-set-managing.html"
REDACTION = "https://docs.aws.amazon.com/waf/latest/developerguide/logging-management-configure.html"


def rules_of(acl: Resource) -> list[dict[str, Any]]:
    """The rules of a web ACL, in the order of their priority. Raises UndecidedError where a whole rule is unknown."""
    found = acl.entries("rules")
    if UNKNOWN in found:
        raise UndecidedError(("rules",))
    return sorted(map(mapping, found), key=lambda one: one.get("priority") or 0)


def blocks(one: dict[str, Any]) -> bool:
    """Whether a rule of a web ACL refuses what it matches."""
    return "block" in mapping(one.get("action"))


def managed_group(acl: Resource, name: str) -> dict[str, Any] | None:
    """The rule of `acl` that is AWS's group of that name and lets it act."""
    for one in rules_of(acl):
        if look(one, "statement", "managedRuleGroupStatement", "name") == name:
            return one if "none" in mapping(one.get("overrideAction")) else None
    return None


@rule(
    "lb-load-balancer-must-have-a-web-acl",
    LOAD_BALANCER,
    severity=Severity.HIGH,
    description="A load balancer that the internet reaches stands behind a web ACL.",
    remediation="Associate a regional WebAcl with it (component WebAcl, protects).",
    references=References(fsbp="ELB.16", checkov="CKV2_AWS_28"),
)
def load_balancer_has_acl(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if is_true(resource.get("internal")):
        return
    associations = graph.pointing_at(resource, "resourceArn", WEB_ACL_ASSOCIATION)
    if not any(graph.linked(one, "webAclArn", WEB_ACL) for one in associations):
        yield "is public and no web ACL of this stack is associated with it"


@rule(
    "cloudfront-distribution-must-have-a-web-acl",
    DISTRIBUTION,
    severity=Severity.HIGH,
    description="A distribution stands behind a web ACL.",
    remediation="Set webAclId to the ARN of a WebAcl of scope CLOUDFRONT.",
    references=References(fsbp="CloudFront.6", checkov="CKV_AWS_68, CKV2_AWS_47"),
)
def distribution_has_acl(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not graph.linked(resource, "webAclId", WEB_ACL):
        yield "names no web ACL of this stack"


@rule(
    "wafv2-web-acl-must-be-logged",
    WEB_ACL,
    severity=Severity.MEDIUM,
    description="A web ACL logs to a group that takes its records.",
    remediation="Add a WebAclLoggingConfiguration with its ARN, and a LogResourcePolicy for the group.",
    references=References(fsbp="WAF.11", checkov="CKV2_AWS_31"),
)
def acl_logged(resource: Resource, graph: Graph) -> Iterator[Finding]:
    logs = graph.pointing_at(resource, "resourceArn", WEB_ACL_LOG)
    if not logs:
        yield "no logging configuration names it"
    for group in (group for log in logs for group in graph.linked(log, "logDestinationConfigs", LOG_GROUP)):
        if not graph.pointing_at(group, "policyDocument", LOG_RESOURCE_POLICY):
            yield f"no resource policy lets records be delivered to {group.name}"


@rule(
    "wafv2-log-must-hide-logins",
    WEB_ACL_LOG,
    WEB_ACL,
    severity=Severity.HIGH,
    description="Neither the log nor the samples of a web ACL hold API keys or sessions.",
    remediation="Put singleHeader authorization and singleHeader cookie into redactedFields; in dataProtectionConfig, "
    "substitute the same headers, or take no samples.",
    references=References(practice="SEC04-BP01"),
    url=REDACTION,
)
def log_hides_logins(resource: Resource) -> Iterator[Finding]:
    if resource.type == WEB_ACL:
        yield from _samples_hide_logins(resource)
        return
    hidden = {str(look(one, "singleHeader", "name")) for one in resource.entries("redactedFields")}
    for header in ("authorization", "cookie"):
        if header not in hidden:
            yield f"does not redact the header {header}"


def _samples_hide_logins(acl: Resource) -> Iterator[Finding]:
    sampled = [one for one in rules_of(acl) if is_true(look(one, "visibilityConfig", "sampledRequestsEnabled"))]
    if not sampled and not is_true(acl.get("visibilityConfig", "sampledRequestsEnabled")):
        return
    protected = items(acl.get("dataProtectionConfig", "dataProtections"))
    hidden = {str(key).lower() for one in protected for key in items(look(one, "field", "fieldKeys"))}
    for header in ("authorization", "cookie"):
        if header not in hidden:
            yield f"takes samples with the header {header}"


@rule(
    "wafv2-web-acl-must-have-metrics",
    WEB_ACL,
    severity=Severity.MEDIUM,
    description="A web ACL and every rule of it count what they match.",
    remediation="Set visibilityConfig.cloudwatchMetricsEnabled to true on the ACL and on each rule.",
    references=References(fsbp="WAF.12"),
)
def acl_has_metrics(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "visibilityConfig.cloudwatchMetricsEnabled", is_true, "has no metrics")
    for one in rules_of(resource):
        if not is_true(look(one, "visibilityConfig", "cloudwatchMetricsEnabled")):
            yield f"rule {one.get('name')} has no metrics"


@rule(
    "wafv2-web-acl-must-act",
    WEB_ACL,
    severity=Severity.HIGH,
    description="A web ACL has rules, and each acts: it refuses, labels for a later one, or lets a group act.",
    remediation="Give each rule an action or overrideAction none; one that counts must have ruleLabels.",
    references=References(fsbp="WAF.10", checkov="CKV_AWS_175, CKV_AWS_342"),
)
def acl_acts(resource: Resource) -> Iterator[Finding]:
    found = rules_of(resource)
    if not any(map(blocks, found)):
        yield "has no rule that refuses anything"
    for one in found:
        action, override = mapping(one.get("action")), mapping(one.get("overrideAction"))
        labels = "count" in action and bool(items(one.get("ruleLabels")))
        if not (blocks(one) or labels or "none" in override):
            yield f"rule {one.get('name')} does nothing"


@rule(
    "wafv2-web-acl-must-hold-the-managed-groups",
    WEB_ACL,
    severity=Severity.HIGH,
    description="AWS's groups on exploits, SQL, scripting, bad addresses and hidden ones inspect every request.",
    remediation=f"Add the managed groups {', '.join(MANAGED_GROUPS)} with overrideAction none.",
    references=References(checkov="CKV_AWS_192, CKV2_AWS_76, CKV2_AWS_47", practice="SEC05-BP03"),
    url=GROUPS,
)
def acl_holds_groups(resource: Resource) -> Iterator[Finding]:
    for name in MANAGED_GROUPS:
        if managed_group(resource, name) is None:
            yield f"{name} is missing or only counts"


@rule(
    "wafv2-web-acl-must-not-lower-known-bad-inputs",
    WEB_ACL,
    severity=Severity.HIGH,
    description="Log4j and its like are refused in addresses and headers everywhere, in bodies where no text is sent.",
    remediation="Lower only _BODY rules of the group, block their labels in a later rule, and set no scope-down.",
    references=References(checkov="CKV_AWS_192, CKV2_AWS_76", practice="SEC05-BP03"),
    url=GROUPS,
)
def known_bad_inputs_act(resource: Resource) -> Iterator[Finding]:
    group = managed_group(resource, KNOWN_BAD_INPUTS)
    if group is None:
        yield f"{KNOWN_BAD_INPUTS} is missing or only counts"
        return
    statement = mapping(look(group, "statement", "managedRuleGroupStatement"))
    if statement.get("scopeDownStatement"):
        yield f"{KNOWN_BAD_INPUTS} does not inspect every request"
    everything = rules_of(resource)
    later = json.dumps([one for one in everything[everything.index(group) :] if blocks(one)], default=repr)
    for override in map(mapping, items(statement.get("ruleActionOverrides"))):
        name = str(override.get("name"))
        if "block" in mapping(override.get("actionToUse")):
            continue
        label = BAD_INPUT_LABELS + name.replace("_BODY", "_Body")
        if not name.endswith("_BODY"):
            yield f"{name} is lowered"
        elif f'"{label}"' not in later:
            yield f"{name} is lowered and no later rule acts on its label"


@rule(
    "wafv2-web-acl-must-limit-rates",
    WEB_ACL,
    severity=Severity.HIGH,
    description="A web ACL refuses whoever asks too often.",
    remediation="Add a rate-based rule with the action block (webFirewall.rateLimits).",
    references=References(practice="REL05-BP02, SEC05-BP03"),
    url=RATES,
)
def acl_limits_rates(resource: Resource) -> Iterator[Finding]:
    if not any(blocks(one) and look(one, "statement", "rateBasedStatement") for one in rules_of(resource)):
        yield "has no rate-based rule that blocks"


@rule(
    "wafv2-ip-set-must-name-addresses",
    ADDRESS_SET,
    severity=Severity.HIGH,
    description="A list of addresses names some, not all: it would let in or lock out everybody.",
    remediation=f"Name ranges of /{WIDEST} or narrower.",
    references=References(practice="SEC05-BP02"),
    url=ADDRESSES,
    late=("addresses",),
)
def set_names_addresses(resource: Resource) -> Iterator[Finding]:
    for cidr in resource.entries("addresses"):
        if cidr is UNKNOWN:
            yield UndecidedError(("addresses",))
        elif number(str(cidr).rpartition("/")[2]) < WIDEST:
            yield f"{cidr} is no range, or wider than /{WIDEST}"
