"""AWS's managed rule groups, and which of their rules would break Dify.

Rules, labels and WCU: AWS WAF Developer Guide, "Baseline rule groups", "Use-case specific rule groups" and
"IP reputation rule groups".
"""

from collections.abc import Callable
from dataclasses import dataclass

from dify.web_firewall.request import Seen
from dify.web_firewall.route_classes import ROUTES, RouteClass, Routes
from dify.web_firewall.statements import Statement


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """A reason why rules only count: `breaks` is what their action would break, `spares` where that is not found."""

    name: str
    breaks: str
    spares: Callable[[Routes], bool]

    @property
    def still_acts_on(self) -> tuple[RouteClass, ...]:
        """Classes on which the rules act by label."""
        return tuple(name for name, routes in ROUTES.items() if self.spares(routes))


BODIES = Tuning(
    name="bodies",
    breaks="prompts, code nodes, DSL files, documents and uploads, which hold such text and more than 8 KiB",
    spares=lambda routes: routes.plain_bodies,
)
QUERIES = Tuning(
    name="queries",
    breaks="sign-in callbacks of providers, inputs of a web app in its address, webhooks of others",
    spares=lambda routes: not routes.long_queries,
)
PROGRAMS = Tuning(
    name="programs",
    breaks="SDKs and webhooks that say no user agent",
    spares=lambda routes: not routes.programs,
)
HOSTING = Tuning(
    name="hosting",
    breaks="callers of APIs and webhooks, model providers that fetch files, companies' proxies",
    spares=lambda routes: routes.within is not None,
)
TUNINGS = (BODIES, QUERIES, PROGRAMS, HOSTING)


@dataclass(frozen=True)
class Lowered:
    """A rule that only counts, and the label by which it still acts where it breaks nothing."""

    rule: str
    label: str
    tuning: Tuning


@dataclass(frozen=True, kw_only=True)
class ManagedGroup:
    """`rules` are all of AWS's, in its order; `counts` those that AWS itself only counts. One that judges
    `by_address` leaves alone whom the stack knows."""

    name: str
    namespace: str
    units: int
    about: str
    rules: tuple[str, ...]
    lowered: tuple[Lowered, ...] = ()
    counts: tuple[str, ...] = ()
    by_address: bool = False

    @property
    def counted(self) -> frozenset[str]:
        """Rules that do not block by themselves."""
        return frozenset({*self.counts, *(lowered.rule for lowered in self.lowered)})

    def full_label(self, lowered: Lowered) -> str:
        """The name by which a rule's match is known to later rules and in the log."""
        return f"awswaf:managed:aws:{self.namespace}:{lowered.label}"

    def labels(self, trips: frozenset[str]) -> frozenset[str]:
        """What a request that trips these rules is labelled with, of the labels that any rule here asks for."""
        return frozenset(self.full_label(lowered) for lowered in self.lowered if lowered.rule in trips)


@dataclass(frozen=True)
class Inspected:
    """The statement that a managed group is, for the requests that `scope` matches; None means all."""

    group: ManagedGroup
    scope: Statement | None = None

    @property
    def units(self) -> int:
        return self.group.units + (self.scope.units if self.scope else 0)

    def inspects(self, seen: Seen) -> bool:
        """Whether the request is looked at."""
        return self.scope is None or self.scope.matches(seen)

    def matches(self, seen: Seen) -> bool:
        """Whether a rule that blocks finds what it looks for."""
        acting = set(self.group.rules) - self.group.counted
        return self.inspects(seen) and bool(seen.request.trips & acting)


def _bodies(*rules: str) -> tuple[Lowered, ...]:
    return tuple(Lowered(f"{rule}_BODY", f"{rule}_Body", BODIES) for rule in rules)


IP_REPUTATION = ManagedGroup(
    name="AWSManagedRulesAmazonIpReputationList",
    namespace="amazon-ip-list",
    units=25,
    about="addresses that AWS knows for attacks",
    rules=("AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList"),
    counts=("AWSManagedIPDDoSList",),
    by_address=True,
)
ANONYMOUS_IPS = ManagedGroup(
    name="AWSManagedRulesAnonymousIpList",
    namespace="anonymous-ip-list",
    units=50,
    about="addresses that hide who asks",
    rules=("AnonymousIPList", "HostingProviderIPList"),
    lowered=(Lowered("HostingProviderIPList", "HostingProviderIPList", HOSTING),),
    by_address=True,
)
KNOWN_BAD_INPUTS = ManagedGroup(
    name="AWSManagedRulesKnownBadInputsRuleSet",
    namespace="known-bad-inputs",
    units=200,
    about="Log4j, Java deserialisation, React server and other known exploits",
    rules=(
        *("JavaDeserializationRCE_HEADER", "JavaDeserializationRCE_BODY", "JavaDeserializationRCE_URIPATH"),
        *("JavaDeserializationRCE_QUERYSTRING", "Host_localhost_HEADER", "PROPFIND_METHOD"),
        *("ExploitablePaths_URIPATH", "Log4JRCE_HEADER", "Log4JRCE_QUERYSTRING", "Log4JRCE_BODY"),
        *("Log4JRCE_URIPATH", "ReactJSRCE_BODY"),
    ),
    # A prompt about Java, an advisory in a knowledge base and a shell script in a code node hold these very strings.
    # What reads such bodies is Python and Go; Java and React are attacked through headers, addresses and pages.
    lowered=_bodies("JavaDeserializationRCE", "Log4JRCE", "ReactJSRCE"),
)
COMMON = ManagedGroup(
    name="AWSManagedRulesCommonRuleSet",
    namespace="core-rule-set",
    units=700,
    about="cross-site scripting, file inclusion, metadata requests, oversized parts",
    rules=(
        *("NoUserAgent_HEADER", "UserAgent_BadBots_HEADER", "SizeRestrictions_QUERYSTRING"),
        *("SizeRestrictions_COOKIE_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_URIPATH"),
        *("EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_URIPATH"),
        *("EC2MetaDataSSRF_QUERYARGUMENTS", "GenericLFI_QUERYARGUMENTS", "GenericLFI_URIPATH", "GenericLFI_BODY"),
        *("RestrictedExtensions_URIPATH", "RestrictedExtensions_QUERYARGUMENTS", "GenericRFI_QUERYARGUMENTS"),
        *("GenericRFI_BODY", "GenericRFI_URIPATH", "CrossSiteScripting_COOKIE"),
        *("CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_BODY", "CrossSiteScripting_URIPATH"),
    ),
    lowered=(
        *_bodies("SizeRestrictions", "EC2MetaDataSSRF", "GenericLFI", "GenericRFI", "CrossSiteScripting"),
        Lowered("SizeRestrictions_QUERYSTRING", "SizeRestrictions_QueryString", QUERIES),
        Lowered("NoUserAgent_HEADER", "NoUserAgent_Header", PROGRAMS),
    ),
)
SQL_INJECTION = ManagedGroup(
    name="AWSManagedRulesSQLiRuleSet",
    namespace="sql-database",
    units=200,
    about="SQL injection",
    rules=(
        *("SQLi_QUERYARGUMENTS", "SQLiExtendedPatterns_QUERYARGUMENTS", "SQLi_BODY", "SQLiExtendedPatterns_BODY"),
        *("SQLiExtendedPatterns_HEADER", "SQLiExtendedPatterns_URIPATH", "SQLi_COOKIE", "SQLi_URIPATH"),
    ),
    lowered=_bodies("SQLi", "SQLiExtendedPatterns"),
)

GROUPS = (IP_REPUTATION, ANONYMOUS_IPS, KNOWN_BAD_INPUTS, COMMON, SQL_INJECTION)
"""In the order in which they inspect: the cheapest first."""
