"""Keys, secrets, the web firewall, and what watches the account."""

from collections.abc import Iterator

from sandbox.cost.line import Line, steady, unpriced
from sandbox.cost.stack import Stack
from sandbox.cost.usage import Usage

_PART = "security"

_MEASURED = {
    "guardduty/detector:Detector": ("GuardDuty", "by events, flow logs and names that it reads"),
    "securityhub/account:Account": ("Security Hub", "by checks of resources"),
    "inspector2/enabler:Enabler": ("Inspector", "by images and functions that it scans"),
    "route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation": (
        "DNS firewall",
        "by queries",
    ),
}
"""Type of resource -> what AWS calls it, and by what it bills."""


def security(stack: Stack, usage: Usage) -> Iterator[Line]:
    """IAM, Access Analyzer for what is shared, certificates and the first trail of management events are free."""
    home = stack.home
    for region, keys in stack.counts("kms/key:Key").items():
        yield steady(_PART, "keys", "key", region, keys)
    # RDS keeps the login of the database's owner in a secret of its own.
    owners = sum(1 for one in stack.of("rds/instance:Instance") if one.get("manageMasterUserPassword"))
    yield steady(_PART, "secrets", "secret", home, len(stack.of("secretsmanager/secret:Secret")) + owners)
    for one in stack.of("wafv2/webAcl:WebAcl"):
        yield steady(_PART, "web firewall", "web-firewall", home, 1)
        yield steady(_PART, "web firewall: rules", "web-firewall-rule", home, len(one["rules"]))
        requests = usage.requests_million
        yield steady(_PART, "web firewall: requests", "web-firewall-requests", home, requests, assumed=True)
    for one in stack.of("cloudtrail/trail:Trail"):
        events = usage.data_events_thousand / 100
        yield steady(_PART, "trail: reads and writes of objects", "trail-data-events", home, events, assumed=True)
        if one.get("insightSelectors"):
            yield unpriced(_PART, "trail: insights", home, "by calls that it looks at")
    if stack.of("cfg/recorder:Recorder"):
        items = usage.configuration_items
        yield steady(_PART, "AWS Config", "configuration-items", home, items, assumed=True)
    for kind, (what, why) in _MEASURED.items():
        if stack.of(kind):
            yield unpriced(_PART, what, home, why)
