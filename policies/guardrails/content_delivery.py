"""CloudFront: how it answers browsers, what it keeps, and that nothing reaches the load balancer but through it."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .graph import Graph
from .hsts import LEAST_HSTS_SECONDS
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import DISTRIBUTION, LOAD_BALANCER, LOG_DELIVERY, LOG_SOURCE, RESPONSE_HEADERS, VPC_ORIGIN
from .values import UNKNOWN, UndecidedError, is_one_of, is_true, items, look, number

NO_CACHE = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""The managed cache policy CachingDisabled (CloudFront Developer Guide, "Use managed cache policies")."""

IMMUTABLE = ("/_next/static/",)
"""Folders whose files never change. All else is made for one user."""

CACHED_ERRORS = frozenset({400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504})
"""Those that CloudFront keeps for ten seconds unless it is told otherwise."""

MODERN_TLS = frozenset({"TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"})
ORIGINS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html"
HEADERS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html"
)
CACHING = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html"


BEHAVIORS = ("defaultCacheBehavior", "orderedCacheBehaviors")


def _behaviors(resource: Resource, *names: str) -> list[tuple[str, Any]]:
    """The path pattern and the settings of every cache behavior in `names`, * for the default one."""
    found = [(name, one) for name in names or BEHAVIORS for one in _blocks(resource, name)]
    return [("*" if name == BEHAVIORS[0] else str(look(one, "pathPattern")), one) for name, one in found]


def _blocks(resource: Resource, name: str) -> list[Any]:
    value = resource.get(name)
    blocks = items(value) or ([] if value is None else [value])
    if UNKNOWN in blocks:
        raise UndecidedError((name,))
    return blocks or ([None] if name == BEHAVIORS[0] else [])


def _has(block: Any, part: str) -> bool:
    """Whether `part` is there, be it as a value that only deployment knows."""
    try:
        return look(block, part) is not None
    except UndecidedError:
        return True


@rule(
    "cloudfront-distribution-must-redirect-to-https",
    DISTRIBUTION,
    severity=Severity.HIGH,
    description="CloudFront answers plain HTTP with a redirect, or not at all, on every path.",
    remediation="Set viewerProtocolPolicy to redirect-to-https in every cache behavior.",
    references=References(fsbp="CloudFront.3", checkov="CKV_AWS_34"),
)
def viewers_use_https(resource: Resource) -> Iterator[Finding]:
    for pattern, behavior in _behaviors(resource):
        if not is_one_of(look(behavior, "viewerProtocolPolicy"), {"redirect-to-https", "https-only"}):
            yield f"answers {pattern} over plain HTTP"


@rule(
    "cloudfront-distribution-must-use-modern-tls",
    DISTRIBUTION,
    severity=Severity.HIGH,
    description="CloudFront takes TLS 1.2 with forward secrecy or newer, under a certificate of its own, by SNI.",
    remediation="Set viewerCertificate with acmCertificateArn, sslSupportMethod sni-only and TLSv1.2_2021 or newer.",
    references=References(
        fsbp="CloudFront.15, CloudFront.7, CloudFront.8, CloudFront.10", checkov="CKV_AWS_174, CKV2_AWS_42"
    ),
)
def modern_tls(resource: Resource, graph: Graph) -> Iterator[Finding]:
    settings = resource.get("viewerCertificate")
    if not is_one_of(look(settings, "minimumProtocolVersion"), MODERN_TLS):
        yield "minimumProtocolVersion is missing or out of date"
    if look(settings, "sslSupportMethod") != "sni-only":
        yield "sslSupportMethod is not sni-only"
    # A preview may leave out what the certificate gives later; the link to it is there all the same.
    if not _has(settings, "acmCertificateArn") and not graph.linked(resource, "viewerCertificate"):
        yield "has no certificate of its own"


@rule(
    "cloudfront-distribution-must-log-access",
    DISTRIBUTION,
    severity=Severity.MEDIUM,
    description="CloudFront delivers its access logs.",
    remediation="Add a LogDeliverySource of type ACCESS_LOGS for the distribution, and a LogDelivery of it.",
    references=References(fsbp="CloudFront.5", checkov="CKV_AWS_86"),
)
def access_logged(resource: Resource, graph: Graph) -> Iterator[Finding]:
    sources = [
        source
        for source in graph.pointing_at(resource, "resourceArn", LOG_SOURCE)
        if source.get("logType") == "ACCESS_LOGS"
    ]
    if not any(graph.pointing_at(source, "deliverySourceName", LOG_DELIVERY) for source in sources):
        yield "delivers no access logs"


@rule(
    "cloudfront-log-delivery-must-not-keep-cookies",
    LOG_DELIVERY,
    severity=Severity.HIGH,
    description="Access logs leave out cookies: whoever reads one is signed in as its owner.",
    remediation="List recordFields without cs(Cookie); all fields are delivered where none is listed.",
    references=References(practice="SEC08-BP04"),
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
)
def no_cookies_logged(resource: Resource, graph: Graph) -> Iterator[Finding]:
    sources = graph.linked(resource, "deliverySourceName", LOG_SOURCE)
    if not any(graph.linked(source, "resourceArn", DISTRIBUTION) for source in sources):
        return
    fields = resource.entries("recordFields")
    if not fields or "cs(Cookie)" in fields:
        yield "delivers cookies"


@rule(
    "cloudfront-distribution-must-have-private-origins",
    DISTRIBUTION,
    severity=Severity.CRITICAL,
    description="CloudFront reaches internal load balancers of this stack through VPC origins, and nothing else.",
    remediation="Give each origin a vpcOriginConfig whose VpcOrigin names an internal load balancer.",
    references=References(practice="SEC05-BP02"),
    url=ORIGINS,
)
def private_origins(resource: Resource, graph: Graph) -> Iterator[Finding]:
    origins = resource.entries("origins")
    if not origins:
        yield "has no origin"
    for origin in origins:
        for block in ("customOriginConfig", "s3OriginConfig"):
            if look(origin, block):
                yield f"has an origin with {block}, which anybody can reach"
    reached = graph.linked(resource, "origins", VPC_ORIGIN)
    if len(reached) < len(origins):
        yield "has an origin that is no VPC origin of this stack"
    balancers = [
        balancer for origin in reached for balancer in graph.linked(origin, "vpcOriginEndpointConfig", LOAD_BALANCER)
    ]
    if len(balancers) < len(reached):
        yield "has a VPC origin that is no load balancer of this stack"
    for balancer in graph.of(LOAD_BALANCER):
        yield from expect(balancer, "internal", is_true, f"{balancer.name} can be reached beside it")


@rule(
    "cloudfront-vpc-origin-must-use-tls",
    VPC_ORIGIN,
    severity=Severity.HIGH,
    description="CloudFront speaks TLS 1.2 to the load balancer.",
    remediation="Set originProtocolPolicy https-only and originSslProtocols to TLSv1.2 alone.",
    references=References(fsbp="CloudFront.9, CloudFront.10", checkov="CKV2_AWS_72, CKV2_AWS_54"),
    late=("vpcOriginEndpointConfig",),
)
def origin_uses_tls(resource: Resource) -> Iterator[Finding]:
    endpoint = "vpcOriginEndpointConfig"
    yield from expect(
        resource,
        f"{endpoint}.originProtocolPolicy",
        lambda value: value == "https-only",
        "originProtocolPolicy is not https-only",
    )
    yield from expect(
        resource,
        f"{endpoint}.originSslProtocols.items",
        lambda value: value == ["TLSv1.2"],
        "originSslProtocols offers more than TLSv1.2",
    )


@rule(
    "cloudfront-distribution-must-send-security-headers",
    DISTRIBUTION,
    severity=Severity.MEDIUM,
    description="Every answer of CloudFront carries Strict-Transport-Security of a year and X-Content-Type-Options.",
    remediation="Set responseHeadersPolicyId of every behavior to a ResponseHeadersPolicy of this stack with both.",
    references=References(checkov="CKV2_AWS_32, CKV_AWS_259"),
    url=HEADERS,
)
def security_headers(resource: Resource, graph: Graph) -> Iterator[Finding]:
    policies: dict[str, Resource] = {}
    for name in BEHAVIORS:
        linked = graph.linked(resource, name, RESPONSE_HEADERS)
        policies |= {policy.urn: policy for policy in linked}
        behaviors = _behaviors(resource, name)
        bare = [pattern for pattern, behavior in behaviors if not _has(behavior, "responseHeadersPolicyId")]
        # A preview may leave out every id that it does not know yet, but not some of them.
        if not linked or len(bare) < len(behaviors):
            yield from (f"answers {pattern} without a policy of headers of this stack" for pattern in bare)
    for policy in policies.values():
        security = "securityHeadersConfig"
        yield from expect(
            policy,
            f"{security}.strictTransportSecurity.accessControlMaxAgeSec",
            lambda value: number(value) >= LEAST_HSTS_SECONDS,
            f"{policy.name} sends no Strict-Transport-Security of a year or more",
        )
        yield from expect(
            policy,
            f"{security}.contentTypeOptions.override",
            is_true,
            f"{policy.name} does not send X-Content-Type-Options",
        )


@rule(
    "cloudfront-distribution-must-not-keep-answers",
    DISTRIBUTION,
    severity=Severity.CRITICAL,
    description="CloudFront keeps files that never change and nothing else: all other answers are for one user.",
    remediation="Set cachePolicyId to CachingDisabled in every behavior but those of immutable files, and "
    "errorCachingMinTtl to 0 for every error that CloudFront would keep.",
    references=References(practice="SEC08-BP04"),
    url=CACHING,
)
def keeps_no_answers(resource: Resource) -> Iterator[Finding]:
    for pattern, behavior in _behaviors(resource):
        if not pattern.startswith(IMMUTABLE) and look(behavior, "cachePolicyId") != NO_CACHE:
            yield f"keeps answers of {pattern}"
    forgotten = {
        look(one, "errorCode")
        for one in resource.entries("customErrorResponses")
        if look(one, "errorCachingMinTtl") == 0
    }
    kept = sorted(CACHED_ERRORS - forgotten)
    if kept:
        yield f"keeps errors {', '.join(map(str, kept))} for the next who asks"
