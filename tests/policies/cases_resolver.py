"""Cases of the rules about names. The stack without internet has a DNS firewall, too."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, put, remove

CASES = [
    Case(
        rule="route53-resolver-must-log-queries",
        at=t.QUERY_LOG_ASSOCIATION,
        breaks=remove,
        loses="resourceId",
        hides="resourceId",
        set_when_unknown=True,
    ),
    Case(
        rule="route53-dns-firewall-must-guard-a-network",
        at=t.DNS_FIREWALL,
        source="closed",
        breaks=put("firewallFailOpen", "ENABLED"),
        loses="firewallFailOpen",
        hides="firewallFailOpen",
        safe_when_missing=True,
    ),
]
